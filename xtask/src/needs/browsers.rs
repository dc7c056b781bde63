//! Browsers for the tests in browsers. The system's own packages, where that is allowed; never a
//! download of our own.

use std::process::Command;

use crate::report::Outcome;
use crate::{process, project};

struct Browser {
    /// As a sentence names it.
    name: &'static str,
    /// Any one of these programs will do.
    programs: &'static [&'static str],
    /// What Debian and its relatives call the package.
    package: &'static str,
}

const BROWSERS: &[Browser] = &[
    Browser {
        name: "Chromium",
        programs: &["chromium", "chromium-browser", "google-chrome", "chrome"],
        package: "chromium",
    },
    Browser { name: "chromedriver", programs: &["chromedriver"], package: "chromium-driver" },
    Browser { name: "Firefox", programs: &["firefox-esr", "firefox"], package: "firefox-esr" },
    // The driver brings the browser with it, which needs a screen; this one nobody sees.
    Browser { name: "WebKit", programs: &["WebKitWebDriver"], package: "webkit2gtk-driver" },
    Browser { name: "xvfb", programs: &["xvfb-run"], package: "xvfb" },
];

/// Chromium and WebKit with their drivers, and Firefox.
#[expect(clippy::unnecessary_wraps, reason = "a step like any other")]
pub(crate) fn browsers() -> Result<Outcome, String> {
    let missing: Vec<&Browser> =
        BROWSERS.iter().filter(|browser| !browser.programs.iter().any(|name| project::on_path(name))).collect();
    if missing.is_empty() {
        return Ok(Outcome::Passed("there already".into()));
    }
    let names: Vec<&str> = missing.iter().map(|browser| browser.name).collect();
    let names = names.join(", ");
    let packages: Vec<&str> = missing.iter().map(|browser| browser.package).collect();
    Ok(match apt_install(&packages) {
        Ok(()) => Outcome::Passed(format!("installed {names}")),
        Err(why) => Outcome::Skipped(format!("please install {names} so that the tests in browsers can run; {why}")),
    })
}

fn apt_install(packages: &[&str]) -> Result<(), String> {
    if !project::on_path("apt-get") {
        return Err("there is no apt-get here to do it with".into());
    }
    let sudo = if is_root() {
        false
    } else if process::answer(Command::new("sudo").args(["-n", "true"])).is_ok() {
        true
    } else {
        return Err(format!("it takes `sudo apt-get install {}`, and we may not", packages.join(" ")));
    };
    let apt_get = |args: &[&str]| {
        let mut command = Command::new(if sudo { "sudo" } else { "apt-get" });
        if sudo {
            command.args(["-n", "apt-get"]);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").args(args);
        process::captured(&mut command)
    };
    let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
    // Lists of packages grow old within days, and old lists name files that are gone.
    apt_get(&["update"]).and_then(|_| apt_get(&install)).map(|_| ()).map_err(|output| {
        let last = output.lines().rev().find(|line| line.starts_with("E: "));
        let last = last.unwrap_or("it gave no reason").trim_start_matches("E: ");
        format!("apt-get could not: {last}")
    })
}

fn is_root() -> bool {
    process::answer(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
