// The blind arena: two models answer, somebody votes, then sees whose answers they were.

import { answer, newAnswer } from "/answer.js";
import { sendOnEnter } from "/chat.js";
import { byId, element, nodes } from "/elements.js";
import { explain, read, send } from "/server.js";

let lift = null;
let match = null; // the two answers being compared

export function startArena(about) {
  lift = about;
  byId("arena-tab").hidden = !contestants().length;
  byId("arena-ask").addEventListener("submit", submit);
  byId("arena-question").addEventListener("keydown", (event) => sendOnEnter(event, byId("arena-ask"), false));
  byId("draw").addEventListener("click", draw);
  for (const button of byId("ballot").querySelectorAll("button")) {
    button.addEventListener("click", () => vote(button.dataset.winner));
  }
}

export async function showArena() {
  if (byId("standings").childElementCount) return;
  try {
    showStandings(await read("/api/votes"));
  } catch (error) {
    byId("revealed").textContent = explain(error);
  }
}

/** Everyone who can be drawn, when votes are kept here and there are two. */
function contestants() {
  if (!lift.keeps_votes) return [];
  return lift.models.flatMap((model) => [model.id, model.id + lift.retrieval]);
}

const shuffled = (items) =>
  items.map((item) => [Math.random(), item]).sort(([one], [other]) => one - other).map(([, item]) => item);

/** Two different models in random order, a tuned one among them where there is one. */
function pair() {
  const all = shuffled(contestants());
  const first = all.find((id) => !id.startsWith("base")) ?? all[0];
  return shuffled([first, all.find((id) => id !== first)]);
}

function draw() {
  byId("arena-question").value = shuffled(lift.questions)[0] ?? "";
  byId("arena-question").focus();
}

function submit(event) {
  event.preventDefault();
  const question = byId("arena-question").value.trim();
  if (question) play(question);
}

async function play(question) {
  match?.stop.abort();
  const stop = new AbortController();
  const views = ["Answer A", "Answer B"].map((label) => newAnswer(label, ""));
  const mine = (match = { question, models: pair(), views, stop });
  const heading = element("h2", {}, ...nodes(question, []));
  const columns = element("div", { className: "columns" }, ...views.map((view) => view.section));
  byId("match").replaceChildren(element("article", { className: "turn" }, heading, columns));
  byId("revealed").replaceChildren();
  byId("ballot").hidden = false;
  byId("ballot").disabled = true;
  const messages = [{ role: "user", content: question }];
  const done = await Promise.all(mine.models.map((id, n) => answer(id, messages, views[n], stop.signal)));
  if (match !== mine) return;
  for (const view of views) view.verdict.lastChild?.nodeType === Node.TEXT_NODE && view.verdict.lastChild.remove();
  byId("ballot").disabled = !done.every(Boolean);
}

async function vote(winner) {
  byId("ballot").disabled = true;
  const [left, right] = match.models.map((model, n) => ({ model, answer: match.views[n].said }));
  try {
    const counted = await (await send("/api/votes", { question: match.question, left, right, winner })).json();
    match.views.forEach((view, n) => reveal(view, match.models[n]));
    byId("revealed").textContent = `A was ${left.model}, B was ${right.model}. Your vote is kept.`;
    byId("arena-question").value = "";
    showStandings(counted);
  } catch (error) {
    byId("revealed").textContent = explain(error);
    byId("ballot").disabled = false;
  }
}

function reveal(view, model) {
  view.small.textContent = model;
  view.section.classList.toggle("tuned", !model.startsWith("base"));
}

function showStandings(counted) {
  if (!counted.votes) return byId("standings").replaceChildren(element("p", { className: "muted" }, "No votes yet."));
  const head = ["Model", "Preferred", "Share (95% interval)"].map((text) => element("th", { scope: "col" }, text));
  const rows = counted.models.map((one) => {
    const share = `${percent(one.won / one.decided)} (${percent(one.low)} to ${percent(one.high)})`;
    const meter = element("meter", { min: 0, max: 1, value: one.won / one.decided });
    meter.setAttribute("aria-hidden", "true");
    return element(
      "tr", {},
      element("th", { scope: "row" }, one.model),
      element("td", {}, `${one.won} of ${one.decided}`),
      element("td", {}, meter, ` ${share}`),
    );
  });
  const undecided = counted.votes - counted.decided;
  const caption = `${counted.votes} votes, ${undecided} undecided`;
  const table = element("table", {}, element("caption", {}, caption), element("thead", {}, element("tr", {}, ...head)));
  table.append(element("tbody", {}, ...rows));
  byId("standings").replaceChildren(table);
}

const percent = (share) => `${Math.round(share * 100)}%`;
