// The chat: every chosen model answers, side by side.

import { answer, newAnswer } from "/answer.js";
import { askLink, byId, element, fromTemplate, nodes } from "/elements.js";

const NEAR_END_PX = 200;

let models = [];
let suffix = ""; // of a model that is told what the index holds
let running = null; // AbortController of the question being answered
let said = []; // turns so far: the question and, by model, the answer

export function startChat(lift) {
  models = lift.models;
  suffix = lift.retrieval;
  byId("name").textContent = lift.name;
  byId("lead").textContent = lead(lift);
  byId("who").append(...models.map(choice));
  document.querySelector(".suggestions").replaceChildren(...lift.questions.slice(0, 6).map(chip));
  byId("ask").addEventListener("submit", submit);
  byId("question").addEventListener("keydown", (event) => sendOnEnter(event, byId("ask"), running));
  byId("clear").addEventListener("click", clear);
}

const isTuned = (model) => model.id !== "base";
const label = (model) => (isTuned(model) ? `ForkLift (${model.id})` : "Base model");

function lead(lift) {
  const tuned = lift.models.find(isTuned);
  const base = lift.models.find((model) => !isTuned(model));
  const taught = tuned && base ? `${base.name} was taught this repository; it answers next to itself before that.` : "";
  return `${taught} Every name in an answer is checked against the code, and opens it.`.trim();
}

function choice(model) {
  const box = element("input", { type: "checkbox", value: model.id, checked: true });
  return element("label", { className: "switch" }, box, ` ${isTuned(model) ? model.id : "base"}`);
}

function chip(question) {
  return element("a", { className: "chip", href: askLink(question) }, ...nodes(question, []));
}

function chosen() {
  const ids = [...byId("who").querySelectorAll("input:checked")].map((box) => box.value);
  const picked = models.filter((model) => ids.includes(model.id));
  const told = byId("retrieval").checked;
  return (picked.length ? picked : models.slice(-1)).map((model) => ({
    label: label(model),
    small: [isTuned(model) ? "taught this repository" : model.name, told ? "facts looked up" : ""].filter(Boolean).join(", "),
    id: told ? model.id + suffix : model.id,
    className: isTuned(model) ? "tuned" : "base",
  }));
}

/** What `model` gets to read: the question, after its own conversation so far when that is wanted. */
function conversation(model, question) {
  const before = byId("follow-up").checked ? said.filter((turn) => turn.answers[model.id]) : [];
  const messages = before.flatMap((turn) => [
    { role: "user", content: turn.question },
    { role: "assistant", content: turn.answers[model.id] },
  ]);
  return [...messages, { role: "user", content: question }];
}

/** For addresses: going back to one must not ask again. */
export function askOnce(question) {
  const turns = [...byId("turns").querySelectorAll(".turn")];
  if (!turns.some((turn) => turn.dataset.question === question)) ask(question);
}

async function ask(question) {
  running?.abort();
  const mine = (running = new AbortController());
  byId("send").textContent = "Stop";
  byId("welcome").hidden = true;
  byId("clear").hidden = false;
  const asked = chosen();
  const views = newTurn(question, asked);
  const turn = { question, answers: {} };
  const following = follow(byId("turns").lastElementChild);
  await Promise.all(
    asked.map(async (model, n) => {
      const done = await answer(model.id, conversation(model, question), views[n], mine.signal);
      if (done) turn.answers[model.id] = views[n].said;
    }),
  );
  following.disconnect();
  said.push(turn);
  if (running !== mine) return;
  running = null;
  byId("send").textContent = "Ask";
}

function newTurn(question, asked) {
  const turn = fromTemplate("turn");
  const views = asked.map((model) => newAnswer(model.label, model.small, model.className));
  turn.dataset.question = question;
  turn.querySelector("h2").append(...nodes(question, []));
  turn.querySelector(".columns").append(...views.map((view) => view.section));
  byId("turns").append(turn);
  turn.scrollIntoView({ block: "nearest" });
  return views;
}

/** Keeps the newest text in sight, but never scrolls the starts of the answers away: the shorter one would be gone. */
function follow(turn) {
  const page = document.documentElement;
  const room = parseFloat(getComputedStyle(page).scrollPaddingTop);
  const observer = new MutationObserver(() => {
    const left = page.scrollHeight - page.scrollTop - page.clientHeight;
    const above = turn.getBoundingClientRect().top - room;
    if (left < NEAR_END_PX && above > 0) page.scrollTop += Math.min(left, above);
  });
  observer.observe(turn, { childList: true, subtree: true, characterData: true });
  return observer;
}

function clear() {
  running?.abort();
  said = [];
  byId("turns").replaceChildren();
  byId("welcome").hidden = false;
  byId("clear").hidden = true;
  history.replaceState(null, "", "#ask");
  byId("question").focus();
}

function submit(event) {
  event.preventDefault();
  if (running) return running.abort();
  const question = byId("question").value.trim();
  if (!question) return;
  byId("question").value = "";
  history.replaceState(null, "", askLink(question));
  ask(question);
}

export function sendOnEnter(event, form, busy) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!busy) form.requestSubmit();
}
