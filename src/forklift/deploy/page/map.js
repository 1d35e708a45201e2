// The map: directories, files and symbols, and what leads from one symbol to others.

import { askLink, byId, citation, element, mapLink, nodes, symbolLink } from "/elements.js";
import { explain, read } from "/server.js";

const ICONS = { directory: "▸", file: "≡" };

export function startMap() {
  byId("find").addEventListener("submit", (event) => {
    event.preventDefault();
    const query = byId("query").value.trim();
    if (query) location.hash = `#find=${encodeURIComponent(query)}`;
  });
}

export const showPlace = (path) => show(path, async () => place(await read("/api/map", { path })));
export const showSymbol = (name, path) => show(path, async () => symbol(await read("/api/symbol", { name, path })), name);
export const showFound = (query) => show(null, async () => found(await read("/api/find", { query })));

async function show(path, load, name) {
  showTrail(path, name);
  try {
    byId("place").replaceChildren(...(await load()).filter(Boolean));
  } catch (error) {
    byId("place").replaceChildren(element("p", { className: "error" }, explain(error)));
  }
  scrollTo(0, 0);
}

function showTrail(path, name) {
  const parts = path ? path.split("/") : [];
  const steps = parts.map((part, n) => [part, mapLink(parts.slice(0, n + 1).join("/"))]);
  const links = [["All", "#map"], ...steps].map(([text, href]) => element("a", { href }, text));
  byId("trail").replaceChildren(...links.flatMap((link) => [link, " / "]).slice(0, -1));
  if (name) byId("trail").append(" / ", element("strong", {}, name));
}

// --- what a place holds

const place = (data) => (data.kind === "directory" ? directory(data) : file(data));

function directory(data) {
  const directories = data.directories.map((one) => {
    return row(ICONS.directory, last(one.path), mapLink(one.path), "", count(one.files, "file"));
  });
  const files = data.files.map((one) => {
    const size = one.symbols ? count(one.symbols, "name") : count(one.lines, "line");
    return row(ICONS.file, last(one.path), mapLink(one.path), one.doc, size);
  });
  const inside = element("section", { className: "card" }, list([...directories, ...files]) ?? "Nothing is here.");
  if (!data.central.length) return [inside];
  const central = element("section", { className: "card" });
  central.append(element("h2", {}, "Most central here"), list(data.central.map(symbolRow)));
  return [element("div", { className: "split" }, inside, central)];
}

function file(data) {
  const facts = [data.language, count(data.lines, "line")].filter(Boolean).join(", ");
  const open = citation({ path: data.path, line: 1 });
  const head = element("header", { className: "title" }, element("h1", {}, last(data.path)), open, muted(facts));
  const rows = data.symbols.map((one) => {
    const item = symbolRow(one);
    item.classList.add(`depth-${Math.min(one.depth, 4)}`);
    return item;
  });
  return [head, prose(data.doc), element("section", { className: "card" }, list(rows) ?? muted("Nothing is defined here."))];
}

function symbol(data) {
  const head = element("header", { className: "title" }, badge(data.kind), element("h1", {}, data.name), citation(data));
  const question = `What is \`${data.name}\` for?`;
  head.append(element("a", { className: "quiet", href: askLink(question) }, "Ask about it"));
  const written = [data.decorators.map((one) => `@${one}`).join("\n"), data.signature && `${last(data.name, ".")}${data.signature}`];
  const lines = [...written, data.value && `= ${data.value}`].filter(Boolean).join("\n");
  return [
    head,
    lines ? element("pre", { className: "signature" }, lines) : null,
    prose(data.doc),
    flow(data),
    group("Members", data.members),
    group("Bases", data.bases_here, data.bases.length > data.bases_here.length ? `written as ${data.bases.join(", ")}` : ""),
    group("Subclasses", data.subclasses),
    group("Defined inside", data.inside ? [data.inside] : []),
    group("Other definitions of this name", data.others),
    changes(data.changes),
  ];
}

/** Callers, the symbol, callees: left to right where there is room. */
function flow(data) {
  const side = (title, calls) => {
    const rest = calls.unresolved ? `${count(calls.unresolved, "more call")} could not be resolved` : "";
    const rows = calls.list.map((one) => (one.name ? symbolRow(one) : fileRow(one)));
    const body = list(rows) ?? muted("None that could be resolved.");
    return element("section", { className: "card" }, element("h2", {}, `${title} `, badge(`${calls.total}`)), body, muted(rest));
  };
  const here = element("p", { className: "here" }, last(data.name, "."));
  here.setAttribute("aria-hidden", "true");
  return element("div", { className: "flow" }, side("Called by", data.callers), here, side("Calls", data.callees));
}

function group(title, items, more = "") {
  if (!items.length) return null;
  return element("section", { className: "card" }, element("h2", {}, title), list(items.map(symbolRow)), muted(more));
}

function changes(items) {
  if (!items.length) return null;
  const rows = items.map((one) => {
    const text = element("span", { className: "what" }, ...nodes(one.subject, []));
    return element("li", {}, badge(one.kind), text, element("small", {}, `${one.date} · ${one.commit}`));
  });
  return element("section", { className: "card" }, element("h2", {}, "History"), element("ul", { className: "rows" }, ...rows));
}

function found(data) {
  const paths = data.paths.map((path) => row(ICONS.file, path, mapLink(path), "", ""));
  const rows = [...data.symbols.map(symbolRow), ...paths];
  const title = rows.length ? `Found for “${data.query}”` : `Nothing found for “${data.query}”`;
  return [element("header", { className: "title" }, element("h1", {}, title)), element("section", { className: "card" }, list(rows))];
}

// --- rows

const list = (rows) => (rows.length ? element("ul", { className: "rows" }, ...rows) : null);
const last = (path, separator = "/") => path.split(separator).at(-1);
const count = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
const badge = (text) => element("span", { className: "badge" }, text);
const muted = (text) => (text ? element("p", { className: "muted" }, text) : null);
const prose = (text) => (text ? element("p", { className: "prose" }, ...nodes(text, [])) : null);

function row(icon, text, href, doc, size) {
  const mark = element("span", { className: "icon" }, icon);
  mark.setAttribute("aria-hidden", "true");
  const about = doc ? element("span", { className: "what" }, ...nodes(doc, [])) : null;
  return element("li", {}, mark, element("a", { href }, text), about, size ? element("small", {}, size) : null);
}

function symbolRow(one) {
  const about = one.doc ? element("span", { className: "what" }, ...nodes(one.doc, [])) : null;
  const where = one.calls > 1 ? `${one.calls} times` : last(one.path);
  return element("li", {}, badge(one.kind), element("a", { href: symbolLink(one) }, one.name), about, element("small", {}, where));
}

const fileRow = (one) => row(ICONS.file, one.at, mapLink(one.path), "code outside of functions", "");
