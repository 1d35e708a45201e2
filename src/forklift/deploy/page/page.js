"use strict";

// Text of models and repositories enters the document only as text nodes: the page is safe by construction.

const byId = (id) => document.getElementById(id);
const NOTES = 4; // invented names spelt out under an answer
const MAX_TOKENS = 160;
const CODE = /\n*```[^\n`]*\n([\s\S]*?)(?:\n```\n*|$)|`([^`\n]+)`/dg;

let models = [];
let running = null; // AbortController of the question being answered

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const fromTemplate = (id) => byId(id).content.firstElementChild.cloneNode(true);

// --- talking to the server

class Refused extends Error {}

async function request(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The server does not answer. Is it still running?");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  const wait = response.headers.get("Retry-After");
  if (response.status === 429) throw new Refused(`Too many questions are waiting. Try again in ${wait} seconds.`);
  throw new Refused(body.error?.message ?? `The server refused (${response.status}).`);
}

async function* readEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (held + value).split("\n\n");
    held = events.pop();
    for (const event of events) {
      const data = event.slice("data: ".length);
      if (data === "[DONE]") return;
      yield JSON.parse(data);
    }
  }
}

function complete(model, question, signal) {
  return request("/v1/chat/completions", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      model,
      messages: [{ role: "user", content: question }],
      max_tokens: MAX_TOKENS,
      stream: true,
      stream_options: { include_usage: true },
    }),
    signal,
  });
}

// --- showing an answer

/** Offsets of the server count code points, those of JavaScript UTF-16 units. */
function inUnits(text, names) {
  const points = [...text];
  const unit = (point) => points.slice(0, point).join("").length;
  return names.map((name) => ({ ...name, start: unit(name.start), end: unit(name.end) }));
}

/** Nodes of `text`: code spans and blocks as code, checked names as links or marks. */
function* nodes(text, names) {
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
  if (name.kind === "directory") return element("span", { className: "name sample", title: name.path }, name.text);
  if (name.path !== null) {
    const open = () => showSource(name.path, name.line);
    const title = `${name.path}:${name.line}`;
    return element("button", { type: "button", className: "name", title, onclick: open }, name.text);
  }
  if (name.exists) return element("span", { title: "part of the language or its library" }, name.text);
  return element("span", { className: "invented", title: note(name) }, name.text);
}

const note = (name) => "not in this repository" + (name.closest ? `; closest: ${name.closest}` : "");

/** Spells out the invented names; returns the verdict. Names that the question brought up were not invented. */
function showNames(view, names, question) {
  const distinct = [...new Map(names.map((name) => [name.text, name])).values()];
  const counted = distinct.filter((name) => name.exists || !question.includes(name.text));
  const invented = counted.filter((name) => !name.exists);
  const notes = invented.slice(0, NOTES).map((name) => {
    const word = element("span", { className: "invented" }, name.text);
    return element("li", {}, word, ` ${note(name)}`);
  });
  if (invented.length > NOTES) notes.push(element("li", {}, `and ${invented.length - NOTES} more`));
  view.notes.replaceChildren(...notes);
  if (!counted.length) return element("span", {}, "no code names to check");
  const className = invented.length ? "bad" : "good";
  return element("span", { className }, `${counted.length - invented.length} of ${counted.length} code names exist`);
}

function newAnswer(model) {
  const section = fromTemplate("answer");
  const part = (selector) => section.querySelector(selector);
  const tuned = model.id !== "base";
  section.classList.toggle("tuned", tuned);
  part(".label").textContent = tuned ? `ForkLift (${model.id})` : "Base model";
  part("small").textContent = tuned ? "trained on this repository" : model.name;
  return { section, text: part(".text"), notes: part(".notes"), verdict: part(".verdict") };
}

/** A question with an empty answer of every model, on top of the earlier ones. */
function newTurn(question) {
  const turn = fromTemplate("turn");
  const views = models.map(newAnswer);
  turn.querySelector("h2").append(...nodes(question, []));
  turn.querySelector(".columns").append(...views.map((view) => view.section));
  byId("turns").querySelector(".intro")?.remove();
  byId("turns").prepend(turn);
  return views;
}

/** What stands where the answers will be. */
function showIntro(name) {
  const views = newTurn("");
  byId("turns").firstElementChild.classList.add("intro");
  const before = "The model before training: it may know the language, not this code.";
  const after = `The same model after it was taught ${name}.`;
  views.forEach((view, n) => {
    view.text.textContent = models[n].id === "base" ? before : after;
    view.text.setAttribute("aria-busy", "false");
  });
}

async function answer(model, question, view, signal) {
  const started = performance.now();
  let [text, cut] = ["", ""];
  try {
    for await (const event of readEvents(await complete(model.id, question, signal))) {
      if (event.error) throw new Refused(event.error.message);
      text += event.choices[0]?.delta.content ?? "";
      if (event.forklift) {
        view.text.replaceChildren(...nodes(text, inUnits(text, event.forklift)));
        view.verdict.replaceChildren(showNames(view, event.forklift, question));
        if (event.choices[0].finish_reason === "length") cut = ", cut off";
      } else if (event.usage) {
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        view.verdict.append(` · ${event.usage.completion_tokens} tokens${cut} · ${seconds} s`);
      } else {
        view.text.replaceChildren(...nodes(text, []));
      }
    }
  } catch (error) {
    view.verdict.replaceChildren(
      error.name === "AbortError" ? "stopped" : element("span", { className: "error" }, explain(error)),
    );
  } finally {
    view.text.setAttribute("aria-busy", "false");
  }
}

const explain = (error) => (error instanceof Refused ? error.message : "The connection to the server was lost.");

// --- asking

async function ask(question) {
  running?.abort();
  const mine = (running = new AbortController());
  byId("send").textContent = "Stop";
  history.replaceState(null, "", `#q=${encodeURIComponent(question)}`);
  const views = newTurn(question);
  await Promise.all(models.map((model, n) => answer(model, question, views[n], mine.signal)));
  if (running !== mine) return;
  running = null;
  byId("send").textContent = "Ask";
}

function askFromHash() {
  const question = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B")).get("q");
  if (!question?.trim()) return;
  ask(question.trim());
}

function submit(event) {
  event.preventDefault();
  if (running) return running.abort();
  const question = byId("question").value.trim();
  if (!question) return;
  byId("question").value = "";
  ask(question);
}

function sendOnEnter(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!running) byId("ask").requestSubmit();
}

// --- the source drawer

async function showSource(path, line) {
  const lines = byId("source-lines");
  byId("source-title").textContent = `${path}:${line}`;
  lines.replaceChildren();
  byId("source").showModal();
  try {
    const source = await (await request(`/api/source?${new URLSearchParams({ path, line })}`)).json();
    lines.replaceChildren(...source.lines.map((text, n) => row(source.first + n, text, line)));
    lines.querySelector(".here")?.scrollIntoView({ block: "center" });
  } catch (error) {
    lines.replaceChildren(element("p", { className: "error" }, explain(error)));
  }
}

function row(number, text, here) {
  const className = number === here ? "row here" : "row";
  return element("div", { className }, element("span", {}, `${number}`), element("span", {}, text));
}

// --- start

function showLift(lift) {
  models = lift.models;
  document.title = `${lift.name} · ForkLift`;
  byId("repository").textContent = lift.name;
  byId("commit").textContent = lift.commit.slice(0, 10);
  byId("commit").hidden = !lift.commit;
  byId("report").hidden = !lift.has_report;
  byId("suggestions").replaceChildren(...lift.questions.map(chip));
  showIntro(lift.name);
}

function chip(question) {
  const onclick = () => ask(question);
  return element("button", { type: "button", className: "chip", onclick }, ...nodes(question, []));
}

async function start() {
  byId("endpoint").textContent = `${location.origin}/v1`;
  byId("ask").addEventListener("submit", submit);
  byId("question").addEventListener("keydown", sendOnEnter);
  byId("source").addEventListener("click", (event) => {
    if (event.target === byId("source")) byId("source").close(); // the backdrop
  });
  try {
    showLift(await (await request("/api/lift")).json());
  } catch (error) {
    byId("notice").textContent = explain(error);
    byId("notice").hidden = false;
    return;
  }
  window.addEventListener("hashchange", askFromHash);
  askFromHash();
}

start();
