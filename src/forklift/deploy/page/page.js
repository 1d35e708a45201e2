// Start, and which view the address asks for.

import { showArena, startArena } from "/arena.js";
import { askOnce, startChat } from "/chat.js";
import { byId } from "/elements.js";
import { showFound, showPlace, showSymbol, startMap } from "/map.js";
import { explain, read } from "/server.js";
import { startSource } from "/source.js";

const VIEWS = ["ask", "arena", "map"];

function showView(name) {
  for (const view of VIEWS) byId(`view-${view}`).hidden = view !== name;
  for (const link of document.querySelectorAll("nav [data-view]")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Shows what the part of the address after # asks for. */
function route() {
  const address = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B"));
  const [view] = address.keys();
  const value = address.get(view)?.trim() ?? "";
  if (view === "main") return;
  if (view === "arena" && !byId("arena-tab").hidden) return showView("arena"), showArena();
  if (["map", "symbol", "find"].includes(view)) {
    showView("map");
    if (view === "symbol") return showSymbol(value, address.get("path") ?? "");
    return view === "find" ? showFound(value) : showPlace(value);
  }
  showView("ask");
  if (view === "q" && value) askOnce(value);
  else byId("question").focus({ preventScroll: true });
}

function showLift(lift) {
  document.title = `${lift.name} · ForkLift`;
  byId("repository").textContent = lift.name;
  byId("commit").textContent = lift.commit.slice(0, 10);
  byId("commit").hidden = !lift.commit;
  byId("report").hidden = !lift.has_report;
}

/** "/" goes to the box to type in, as on many sites. */
function focusBox(event) {
  const typing = event.target.closest?.("input, textarea, dialog");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  document.querySelector(".view:not([hidden]) :is(textarea, input[type=search])")?.focus();
}

async function start() {
  byId("endpoint").textContent = `${location.origin}/v1`;
  startSource();
  startMap();
  try {
    const lift = await read("/api/lift");
    showLift(lift);
    startChat(lift);
    startArena(lift);
  } catch (error) {
    showView("ask");
    byId("notice").textContent = explain(error);
    byId("notice").hidden = false;
    return;
  }
  window.addEventListener("hashchange", route);
  document.addEventListener("keydown", focusBox);
  route();
}

start();
