// What people type: read from the fields, and where the cache refuses it, said beside the field that the error names.

import { FetchwellError } from "fetchwell";
import { make, mark } from "./dom.js";

/** Calls back with the form's fields and the button that was pressed; what it returns (or resolves to) is the answer. */
export function onSubmit(form, act) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    forget(form);
    try {
      answer(form, await act(form.elements, event.submitter?.value ?? ""));
    } catch (error) {
      if (!(error instanceof FetchwellError)) throw error;
      refuse(form, error);
    }
  });
}

/** Shows what came of something, in a live region, so that it is read out as well: a text, or one with a tone. */
export function answer(place, told) {
  const { text, tone } = typeof told === "string" ? { text: told, tone: "plain" } : told;
  const output = place.querySelector("output");
  output.dataset.tone = tone;
  // A new element each time: the same answer twice is news as well.
  output.replaceChildren(make("span", "", text));
}

export const good = (text) => ({ text, tone: "good" });
export const nothing = (text) => ({ text, tone: "nothing" });
export const bad = (text) => ({ text, tone: "bad" });

function forget(form) {
  for (const problem of form.querySelectorAll(".problem")) {
    mark(problem.input, "aria-invalid");
    mark(problem.input, "aria-describedby", problem.before);
    problem.remove();
  }
}

/** Prefixes, tags and patterns are typed into one field. */
const WHERE = { prefix: "what", tag: "what", pattern: "what" };

function refuse(form, error) {
  const input = form.elements[WHERE[error.field] ?? error.field];
  if (input === undefined) return answer(form, bad(`${error.message} (${error.code})`));
  const problem = make("p", "problem", error.message);
  problem.id = `${input.id}-problem`;
  problem.input = input;
  problem.before = input.getAttribute("aria-describedby") ?? undefined;
  mark(input, "aria-invalid", true);
  mark(input, "aria-describedby", [problem.id, problem.before].filter(Boolean).join(" "));
  input.closest(".field").after(problem);
  answer(form, "");
  input.focus();
}

/** JSON where it is JSON, else the text itself. */
export function typedValue(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A duration as the cache takes it: a text with a unit is a text, a bare number is milliseconds, and no text is no rule. */
export function typedLength(text) {
  const typed = text.trim();
  if (typed === "") return undefined;
  return Number.isNaN(Number(typed)) ? typed : Number(typed);
}

export function typedTags(text) {
  const tags = text.split(",").map((tag) => tag.trim());
  return tags.filter((tag) => tag !== "");
}
