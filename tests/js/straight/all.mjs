// The suite once more, with every hit asked of the engine: nobody may be able to tell which of the two ways was gone.
//
// This list runs against the test build of the package, which exports `injection` as well.

import { injection } from "fetchwell";
import "../suite/all.mjs";

injection.straight();
