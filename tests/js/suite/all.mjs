// Every file of the suite; the runners import this one. A file that is missing here fails the run.

import "./harness.mjs";
import "./keys.mjs";
import "./values.mjs";
import "./hot.mjs";
import "./lifetimes.mjs";
import "./bounds.mjs";
import "./invalidation.mjs";
import "./namespaces.mjs";
import "./partitions.mjs";
import "./statistics.mjs";
import "./events.mjs";
import "./loading.mjs";
import "./leaving.mjs";
import "./fence.mjs";
import "./stale.mjs";
import "./patience.mjs";
import "./options.mjs";
import "./reentry.mjs";
import "./metrics.mjs";
import "./snapshots.mjs";
import "./damage.mjs";
import "./clock.mjs";
import "./helpers.mjs";
import "./closing.mjs";
