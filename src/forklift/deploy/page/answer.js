// One answer on its way in: text as it comes, names checked, sources, verdict.

import { citation, element, fromTemplate, inUnits, nodes, note } from "/elements.js";
import { explain, stream } from "/server.js";

const NOTES = 4; // invented names spelt out under an answer
const SOURCES = 6;

/** An empty answer under a heading. */
export function newAnswer(label, small, className = "") {
  const section = fromTemplate("answer");
  const part = (selector) => section.querySelector(selector);
  if (className) section.classList.add(className);
  part(".label").textContent = label;
  part("small").textContent = small;
  return {
    section,
    label: part(".label"),
    small: part("small"),
    text: part(".text"),
    notes: part(".notes"),
    sources: part(".sources"),
    verdict: part(".verdict"),
    said: "",
  };
}

/** Streams the answer of `model` into `view`. Returns whether it came to its end. */
export async function answer(model, messages, view, signal) {
  const question = messages.at(-1).content;
  const started = performance.now();
  let [names, cut] = [[], ""];
  try {
    for await (const event of stream(model, messages, signal)) {
      view.said += event.choices[0]?.delta.content ?? "";
      const finish = event.choices[0]?.finish_reason;
      if (finish) names = event.forklift; // all of them; until then those that a piece completes
      else names.push(...(event.forklift ?? []));
      if (finish === "length") cut = ", cut off";
      view.text.replaceChildren(...nodes(view.said, inUnits(view.said, names)));
      if (event.usage) {
        view.verdict.replaceChildren(showNames(view, names, question));
        view.verdict.append(` · ${event.usage.completion_tokens} tokens${cut} · ${seconds(started)} s`);
      }
    }
    return true;
  } catch (error) {
    const stopped = error.name === "AbortError";
    view.verdict.replaceChildren(stopped ? "stopped" : element("span", { className: "error" }, explain(error)));
    return false;
  } finally {
    view.text.setAttribute("aria-busy", "false");
  }
}

const seconds = (started) => ((performance.now() - started) / 1000).toFixed(1);

/** Spells out sources and invented names; returns the verdict. Names that the question brought up were not invented. */
function showNames(view, names, question) {
  const distinct = [...new Map(names.map((name) => [name.text, name])).values()];
  const places = distinct.filter((name) => name.path !== null && name.kind !== "directory");
  const sources = [...new Map(places.map((name) => [`${name.path}:${name.line}`, name])).values()];
  view.sources.replaceChildren(...sources.slice(0, SOURCES).map(citation));
  view.sources.hidden = !sources.length;
  const counted = distinct.filter((name) => name.exists || !question.includes(name.text));
  const invented = counted.filter((name) => !name.exists);
  const notes = invented.slice(0, NOTES).map((name) => {
    return element("li", {}, element("span", { className: "invented" }, name.text), ` ${note(name)}`);
  });
  if (invented.length > NOTES) notes.push(element("li", {}, `and ${invented.length - NOTES} more`));
  view.notes.replaceChildren(...notes);
  if (!counted.length) return element("span", {}, "no code names to check");
  const className = invented.length ? "bad" : "good";
  return element("span", { className }, `${counted.length - invented.length} of ${counted.length} code names exist`);
}
