// The drawer that breaks things: network, replicas, token, tabs and bursts, with what became of the notifications.
import { onFrame, reopen } from "./connection.js";
import { button, each, h, icon, refresh, when } from "./dom.js";
import { renewToken, user } from "./session.js";
import { count, expectMore, figures } from "./tally.js";
import { t, tt } from "./texts.js";

const LOOKS_EACH_MS = 1000;
const AWAY_S = 10;
const SHORT_LIFE_S = 8;
const SHORT_FOR_MS = 25_000;
const BURST = 50;
const DIARY = 8;

const drawer = document.getElementById("drawer");
const diary = [];
let seen = null;
let failure = null;
let unstated = "";

onFrame((what, facts) => {
  if (what === "control") note(`control.${facts.event}`, facts.data);
  if (what === "gap" || what === "reset") note(`diary.${what}`);
  if (what === "status" && facts.state !== unstated) note(`feed.${(unstated = facts.state)}`);
});

export function drawerButton() {
  return button(tt("try_it"), toggle, { id: "drawer-button", "aria-expanded": () => String(!drawer.hidden), "aria-controls": "drawer", hidden: () => !user() });
}

export function fillDrawer() {
  const names = ["sent", "received", "under_way", "lost", "twice"];
  const numbers = names.map((name) => h("div", { class: () => `${name} ${figures()[name] ? "some" : ""}` }, h("dt", {}, tt(name)), h("dd", {}, () => figures()[name])));
  const replicas = each(h("ul", { class: "replicas" }), () => seen?.replicas ?? [], ({ name }) => name, ({ name }) => replica(name));
  drawer.append(
    h("header", {}, h("h2", { id: "drawer-title", tabindex: "-1" }, tt("try_it")), button(icon("close"), toggle, { class: "quiet square", "aria-label": tt("close") })),
    h("p", { class: "hint" }, tt("try_it_hint")),
    h("dl", { class: "figures" }, numbers),
    h("div", { class: "breaks" },
      action("lose_network", () => post("network", { down_s: AWAY_S }), { s: AWAY_S }, { hidden: runElsewhere }),
      action("restart_feed", restartAll, {}, { hidden: runElsewhere }),
      action("kill_replica", () => act(busiest()?.name, "kill"), {}, { hidden: runElsewhere }),
      action("expire_token", expireToken, { s: SHORT_LIFE_S }),
      action("second_tab", () => window.open(location.href)),
      action("send_many", sendMany, { n: BURST }),
    ),
    h("h3", { hidden: runElsewhere }, tt("replicas")),
    h("p", { class: "network", hidden: () => seen?.network !== "down" }, tt("network_down")),
    replicas,
    when(() => failure, () => h("p", { class: "problem" }, tt("control_failed"))),
    h("h3", {}, tt("diary")),
    each(h("ol", { class: "diary" }), () => diary, (line) => line, ({ at, key, facts }) => h("li", {}, h("time", {}, at), h("span", {}, tt(key, facts)))),
  );
  drawer.addEventListener("keydown", ({ key }) => key === "Escape" && toggle());
  setInterval(look, LOOKS_EACH_MS);
}

function toggle() {
  drawer.hidden = !drawer.hidden;
  document.body.classList.toggle("with-drawer", !drawer.hidden);
  document.getElementById(drawer.hidden ? "drawer-button" : "drawer-title").focus();
  void look();
  refresh();
}

function action(key, work, facts = {}, properties = {}) {
  const act = () => {
    note(key, facts);
    Promise.resolve(work()).then(look, failed);
  };
  return button(tt(key, facts), act, properties);
}

/** Whether the page's server runs no replicas, as in compose.yaml, and so can neither restart them nor cut them off. */
const runElsewhere = () => seen?.replicas.length === 0;

function replica(name) {
  const told = () => seen?.replicas.find((each) => each.name === name) ?? { state: "ended", connections: 0 };
  const unless = (...states) => ({ hidden: () => !states.includes(told().state), class: "small" });
  return h(
    "li",
    { class: () => told().state },
    h("p", {}, h("strong", {}, name), h("span", { class: "quiet-text" }, () => ` ${t(`replica.${told().state}`)} · ${t("connections", { n: told().connections })}`)),
    h("p", { class: "row" },
      button(tt("restart"), () => act(name, "restart"), { ...unless("ready"), "aria-label": () => `${t("restart")} ${name}` }),
      button(tt("kill"), () => act(name, "kill"), { ...unless("ready", "draining"), "aria-label": () => `${t("kill")} ${name}` }),
      button(tt("start"), () => act(name, "start"), { ...unless("ended"), "aria-label": () => `${t("start")} ${name}` }),
    ),
  );
}

/** The replica that most connections use: this tab's own, as a rule. */
function busiest() {
  const running = (seen?.replicas ?? []).filter(({ state }) => state === "ready");
  return running.sort((a, b) => b.connections - a.connections)[0];
}

/** Restarts one replica after the other, as a deploy does. */
async function restartAll() {
  for (const { name, state } of seen?.replicas ?? []) {
    if (state !== "ready") continue;
    await act(name, "restart");
    do await new Promise((resolve) => setTimeout(resolve, LOOKS_EACH_MS));
    while (seen?.replicas.find((each) => each.name === name)?.state !== "ready" && !drawer.hidden);
  }
}

/** Has tokens live for seconds for a while, and takes such a one: the page renews it by itself, again and again. */
async function expireToken() {
  await post("tokens", { lifetime_s: SHORT_LIFE_S });
  await renewToken();
  reopen();
  setTimeout(() => {
    post("tokens", { lifetime_s: null }).then(() => note("tokens_long"), failed);
  }, SHORT_FOR_MS);
}

async function sendMany() {
  expectMore(BURST);
  try {
    await post("notifications", { user_id: user().user_id, count: BURST });
  } catch (error) {
    expectMore(-BURST);
    throw error;
  }
}

const act = (name, what) => name && post(`replicas/${encodeURIComponent(name)}/${what}`);

async function post(path, body = {}) {
  const answer = await fetch(`control/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`control/${path}: ${answer.status}`);
  seen = await answer.json();
  refresh();
}

async function look() {
  if (drawer.hidden || document.hidden || !user()) return;
  try {
    const [answer] = await Promise.all([fetch("control/status"), count(user().user_id)]);
    seen = await answer.json();
    failure = null;
  } catch (error) {
    failed(error);
  }
  refresh();
}

function failed(error) {
  failure = error;
  refresh();
}

function note(key, facts = {}) {
  diary.unshift({ at: new Date().toLocaleTimeString("sv"), key, facts });
  diary.length = Math.min(diary.length, DIARY);
  refresh();
}
