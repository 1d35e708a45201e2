// Making elements. Text of models and repositories enters the document only as text nodes: safe by construction.

import { showSource } from "/source.js";

const CODE = /\n*```[^\n`]*\n([\s\S]*?)(?:\n```\n*|$)|`([^`\n]+)`/dg;

export const byId = (id) => document.getElementById(id);

export function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const fromTemplate = (id) => byId(id).content.firstElementChild.cloneNode(true);

/** Offsets of the server count code points, those of JavaScript UTF-16 units. */
export function inUnits(text, names) {
  const points = [...text];
  const unit = (point) => points.slice(0, point).join("").length;
  return names.map((name) => ({ ...name, start: unit(name.start), end: unit(name.end) }));
}

/** Nodes of `text`: code spans and blocks as code, checked names as links or marks. */
export function* nodes(text, names) {
  let at = 0;
  for (const match of text.matchAll(CODE)) {
    const block = match.indices[1];
    const [start, end] = block ?? match.indices[2];
    yield* marked(text, at, match.index, names);
    yield element(block ? "pre" : "code", {}, ...marked(text, start, end, names));
    at = match.index + match[0].length;
  }
  yield* marked(text, at, text.length, names);
}

function* marked(text, start, end, names) {
  for (const name of names) {
    if (name.start < start || name.end > end) continue;
    yield text.slice(start, name.start);
    yield mark(name);
    start = name.end;
  }
  yield text.slice(start, end);
}

function mark(name) {
  if (name.kind === "directory") {
    return element("a", { className: "name", href: mapLink(name.path), title: name.path }, name.text);
  }
  if (name.path !== null) {
    const title = `${name.path}:${name.line}`;
    return element("button", { type: "button", className: "name", title, onclick: opener(name) }, name.text);
  }
  if (name.exists) return element("span", { title: "part of the language or its library" }, name.text);
  return element("span", { className: "invented", title: note(name) }, name.text);
}

export const note = (name) => "not in this repository" + (name.closest ? `; closest: ${name.closest}` : "");

export const opener = ({ path, line }) => () => showSource(path, line);

/** A button that opens the source at `place`. */
export function citation(place) {
  const text = `${place.path}:${place.line}`;
  return element("button", { type: "button", className: "citation", onclick: opener(place) }, text);
}

export const mapLink = (path) => `#map=${encodeURIComponent(path)}`;
export const symbolLink = ({ name, path }) => `#symbol=${encodeURIComponent(name)}&path=${encodeURIComponent(path)}`;
export const askLink = (question) => `#q=${encodeURIComponent(question)}`;
