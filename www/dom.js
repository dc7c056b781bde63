// The little that the views need of the DOM. All that is shown is put in as text: nothing that somebody types can become HTML.

/** An element with a class and what is in it. */
export function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className !== "") element.className = className;
  element.append(...children);
  return element;
}

/** Sets a text, if it is another: what stays is not drawn again, and a selection in it survives. */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets an attribute or a custom property of CSS ("--left"), or takes it away. */
export function mark(element, name, value) {
  if (name.startsWith("--")) element.style.setProperty(name, String(value));
  else if (value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

export const byId = (id) => document.getElementById(id);
