// The drawer that shows source lines.

import { byId, element, mapLink } from "/elements.js";
import { explain, read } from "/server.js";

export async function showSource(path, line) {
  const lines = byId("source-lines");
  byId("source-title").textContent = `${path}:${line}`;
  byId("source-map").href = mapLink(path);
  lines.replaceChildren();
  if (!byId("source").open) byId("source").showModal();
  try {
    const source = await read("/api/source", { path, line });
    lines.replaceChildren(...source.lines.map((text, n) => row(source.first + n, text, line)));
    lines.querySelector(".here")?.scrollIntoView({ block: "center" });
  } catch (error) {
    lines.replaceChildren(element("p", { className: "error" }, explain(error)));
  }
}

function row(number, text, here) {
  const made = element("div", { className: number === here ? "row here" : "row" });
  if (number === here) made.setAttribute("aria-current", "true");
  made.append(element("span", {}, `${number}`), element("span", {}, text));
  return made;
}

export function startSource() {
  const dialog = byId("source");
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // the backdrop
  });
  byId("source-map").addEventListener("click", () => dialog.close());
}
