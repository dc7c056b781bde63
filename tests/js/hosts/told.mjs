// What came of the tests, in print.

/** The last line is as cargo's tests print theirs, so that whoever counts those counts these. Returns how many failed. */
export function told(where, { passed, failures }, { url, folder }) {
  for (const { sentence, why } of failures) {
    // Paths as they are in the repository, so that an editor can follow them; and no minified file as a whole.
    const shown = why.replaceAll(url, "").replaceAll(`${folder}/`, "").replace(/^(.{400}).*$/gm, "$1…");
    console.log(`✗ ${where}: ${sentence}\n${shown}\n`);
  }
  const none = passed + failures.length === 0;
  if (none) {
    console.log(`✗ ${where}: no test ran`);
  }
  const failed = failures.length + (none ? 1 : 0);
  console.log(`test result: ${failed === 0 ? "ok" : "FAILED"}. ${passed} passed; ${failed} failed; 0 ignored; ${where}`);
  return failed;
}
