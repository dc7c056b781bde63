//! The glue for one wasm file.

use wasm_bindgen_cli_support::Bindgen;

use crate::args::{Job, Target};

/// Writes `NAME.js` and `NAME_bg.wasm`, and with types `NAME.d.ts` and `NAME_bg.wasm.d.ts`.
pub(crate) fn run(job: &Job) -> Result<(), String> {
    let file = job.input.display();
    if !job.input.is_file() {
        return Err(format!("there is no file {file}"));
    }
    let mut bindgen = Bindgen::new();
    bindgen.input_path(&job.input).out_name(&job.out_name).typescript(job.typescript);
    // Glue for the web names no place of its wasm: a bundler that saw one would ship that file, used or not.
    bindgen.omit_default_module_path(true);
    bindgen.reset_state_function(job.reset_state);
    bindgen.remove_name_section(job.strip).remove_producers_section(job.strip);
    match job.target {
        Target::Web => bindgen.web(true),
        Target::Nodejs => bindgen.nodejs(true),
        Target::Bundler => bindgen.bundler(true),
        Target::NoModules => bindgen.no_modules(true),
        Target::Deno => bindgen.deno(true),
        Target::NodejsModule => bindgen.nodejs_module(true),
    }
    .and_then(|bindgen| bindgen.generate(&job.out_dir))
    .map_err(|error| format!("no glue for {file}: {error:#}"))
}
