//! Statistics as `OpenMetrics` text, one series for each namespace.

use crate::engine::{MissReason, RemovalCause, Stats};
use std::fmt::Write as _;

/// How metrics are named. Use it where an application has its own prefix, or another word for what the label holds.
///
/// ```
/// use fetchwell::{Cache, MetricNames};
///
/// let cache = Cache::<()>::builder().name("api").build()?;
/// let text = cache.metrics_as(MetricNames { prefix: "qa_pms_", label: "cache_type" })?;
/// assert!(text.contains("qa_pms_cache_hits_total{cache_type=\"api\"} 0\n"));
/// # Ok::<(), fetchwell::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MetricNames<'a> {
    /// What every name begins with.
    pub prefix: &'a str,
    /// The name of the label that holds the namespace.
    pub label: &'a str,
}

impl Default for MetricNames<'_> {
    fn default() -> Self {
        Self { prefix: "", label: "cache" }
    }
}

impl MetricNames<'_> {
    /// Which of the two is no legal name, if one is not. Use it before writing; names that are not legal make the text unreadable.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let prefix = self.prefix.is_empty() || is_name(self.prefix, true);
        let label = is_name(self.label, false)
            && !self.label.starts_with("__")
            && self.label != "reason"
            && self.label != "cause";
        match (prefix, label) {
            (false, _) => Some("prefix"),
            (true, false) => Some("label"),
            (true, true) => None,
        }
    }
}

fn is_name(text: &str, colons: bool) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || (colons && byte == b':');
    text.bytes().all(legal) && text.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

/// Writes statistics as `OpenMetrics` text: what a Prometheus server reads from `/metrics`. Use it with one pair of label and statistics
/// for each namespace; [`Cache::metrics`](crate::Cache::metrics) does so. Names and meanings are stable.
///
/// ```
/// use fetchwell::{Cache, MetricNames, cache::open_metrics};
///
/// let (books, films) = (Cache::<u32>::builder().build()?, Cache::<u32>::builder().build()?);
/// books.get("a");
/// let series = [("books".to_string(), books.stats()), ("films".to_string(), films.stats())];
/// let text = open_metrics(&series, MetricNames::default());
/// assert!(text.contains("cache_misses_total{cache=\"books\"} 1\ncache_misses_total{cache=\"films\"} 0\n"));
/// # Ok::<(), fetchwell::Error>(())
/// ```
pub fn open_metrics(series: &[(String, Stats)], names: MetricNames<'_>) -> String {
    let mut page = Page { text: String::new(), names, series };
    page.counter("hits", "Requests answered from the cache, stale answers included.", |stats| stats.hits);
    page.counter("misses", "Requests answered otherwise.", |stats| stats.misses);
    page.counter("stale_hits", "Hits whose value was past its lifetime.", |stats| stats.stale_hits);
    page.counter("revalidations", "Hits after the origin confirmed the stored value.", |stats| stats.revalidations);
    page.counter("coalesced", "Misses that joined a load which was already running.", |stats| stats.coalesced);
    page.counter("loads", "Loader runs begun.", |stats| stats.loads);
    page.counter("load_errors", "Loader runs that failed.", |stats| stats.load_errors);
    page.seconds("load", "What loader runs took.", |stats| stats.load_ms_total);
    page.counter("sets", "Values stored.", |stats| stats.sets);
    page.counter("rejections", "Values not stored.", |stats| stats.rejections);
    page.counter("invalidations", "Entries that invalidations took from readers.", |stats| stats.invalidations);
    page.counter("evictions", "Entries that had to make room.", Stats::evictions);
    page.counter("expirations", "Entries whose time ran out.", Stats::expirations);
    page.labelled(
        "misses_by_reason",
        "Misses by reason.",
        "reason",
        &MissReason::ALL.map(|reason| (reason.word(), reason)),
        Stats::misses_by,
    );
    page.labelled(
        "removals_by_cause",
        "Removals by cause.",
        "cause",
        &RemovalCause::ALL.map(|cause| (cause.word(), cause)),
        Stats::removals_by,
    );
    page.counter("saved_bytes", "The weight of all values that hits answered with.", |stats| stats.bytes_saved);
    page.seconds("saved", "What hits saved, at the price of an average load.", Stats::ms_saved);
    page.gauge("entries", "Entries held now.", |stats| stats.entries as u64);
    page.gauge("bytes", "Bytes held now.", |stats| stats.bytes);
    page.text.push_str("# EOF\n");
    page.text
}

struct Page<'a> {
    text: String,
    names: MetricNames<'a>,
    series: &'a [(String, Stats)],
}

impl Page<'_> {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let prefix = self.names.prefix;
        // Writing to a text cannot fail.
        let _ = write!(self.text, "# TYPE {prefix}cache_{name} {kind}\n# HELP {prefix}cache_{name} {help}\n");
    }

    fn line(&mut self, name: &str, of: &str, more: &str, value: std::fmt::Arguments<'_>) {
        let MetricNames { prefix, label } = self.names;
        let _ = writeln!(self.text, "{prefix}cache_{name}{{{label}=\"{}\"{more}}} {value}", escaped(of));
    }

    fn each(&mut self, name: &str, value: impl Fn(&Stats) -> u64) {
        for (of, stats) in self.series {
            self.line(name, of, "", format_args!("{}", value(stats)));
        }
    }

    fn counter(&mut self, name: &str, help: &str, value: impl Fn(&Stats) -> u64) {
        self.head(name, "counter", help);
        self.each(&format!("{name}_total"), value);
    }

    /// A counter of milliseconds, shown in seconds as the format wants it.
    fn seconds(&mut self, name: &str, help: &str, ms: impl Fn(&Stats) -> u64) {
        let name = format!("{name}_seconds");
        let (prefix, family) = (self.names.prefix, &name);
        let _ = writeln!(self.text, "# TYPE {prefix}cache_{family} counter");
        let _ = writeln!(self.text, "# UNIT {prefix}cache_{family} seconds");
        let _ = writeln!(self.text, "# HELP {prefix}cache_{family} {help}");
        for (of, stats) in self.series {
            let ms = ms(stats);
            self.line(&format!("{name}_total"), of, "", format_args!("{}.{:03}", ms / 1_000, ms % 1_000));
        }
    }

    fn labelled<T: Copy>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        each: &[(&str, T)],
        value: impl Fn(&Stats, T) -> u64,
    ) {
        self.head(name, "counter", help);
        for (of, stats) in self.series {
            for (word, one) in each {
                let count = value(stats, *one);
                self.line(&format!("{name}_total"), of, &format!(",{label}=\"{word}\""), format_args!("{count}"));
            }
        }
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Fn(&Stats) -> u64) {
        self.head(name, "gauge", help);
        self.each(name, value);
    }
}

/// A label's value as the format writes it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_reader_would_take_are_told() {
        let fault = |prefix, label| MetricNames { prefix, label }.fault();
        assert_eq!(fault("", "cache"), None);
        assert_eq!(fault("qa_pms_", "cache_type"), None);
        assert_eq!(fault("9lives_", "cache"), Some("prefix"));
        assert_eq!(fault("a-b", "cache"), Some("prefix"));
        for label in ["", "a-b", "a:b", "__name", "reason", "cause", "7"] {
            assert_eq!(fault("", label), Some("label"), "{label}");
        }
    }

    #[test]
    fn a_name_with_quotes_and_lines_in_it_is_written_so_that_it_can_be_read() {
        let text = open_metrics(&[("a\"b\\c\nd".into(), Stats::default())], MetricNames::default());
        assert!(text.contains(r#"cache_hits_total{cache="a\"b\\c\nd"} 0"#), "{text}");
    }
}
