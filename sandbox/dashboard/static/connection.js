// The feed, and the light that says what it is doing and will do next.
import { createFeed, EdgeError } from "./edge.js";
import { desk, hear, loadDesk } from "./desk.js";
import { announce, button, h, refresh, when } from "./dom.js";
import { correlation, wordsOf } from "./problems.js";
import { edge, onUser, renewToken, sandbox, user } from "./session.js";
import { clock, t, tt } from "./texts.js";

const QUIET = { state: "stopped", transport: null, retryAt: null, reason: null, unread: 0 };
const listeners = new Set();
let feed = null;
let said = "";

export const status = () => feed?.status ?? QUIET;
export const reconnect = () => feed?.reconnect();

/** Connects anew with the token of the moment, and continues where the feed is. */
export function reopen() {
  feed?.close();
  feed?.reconnect();
}

/** Calls `listener` with each frame that arrives; with "started" and the first cursor when a feed begins. */
export function onFrame(listener) {
  listeners.add(listener);
}

/** The teacher has seen everything. */
export function markSeen() {
  feed?.seen();
  feed?.setUnread(0);
}

/** Loads the desk and follows the feed from there, for the user of the moment. */
export async function follow() {
  const mine = user();
  const page = await loadDesk();
  if (!mine || user()?.user_id !== mine.user_id) return;
  stop();
  feed = createFeed({
    baseUrl: sandbox.feed,
    ticket: (signal) => edge.ticket({ signal }),
    renew: renewToken,
    user: mine.user_id,
    cursor: page.cursor,
    unread: page.unread,
    markSeen: (id) => edge.POST("/v1/notifications/seen", { body: { id } }),
    async onLost(lost) {
      tell(lost.kind, lost);
      const fresh = await loadDesk();
      feed.setUnread(fresh.unread);
      tell("started", fresh.cursor);
      return fresh.cursor;
    },
  });
  tell("started", page.cursor);
  feed.on("*", (frame) => {
    hear(frame);
    tell("frame", frame);
  });
  for (const event of ["feed.ready", "feed.expiring", "feed.drain"]) feed.on(event, (frame) => tell("control", frame));
  feed.subscribe((next) => {
    const words = t(`feed.${next.state}`);
    if (words !== said) announce(words);
    said = words;
    tell("status", next);
    refresh();
  });
  refresh();
}

/** Ends the feed of this tab. */
export function stop() {
  feed?.close();
  feed = null;
}

onUser(stop);

/** The light: a button in the header, and what it opens. */
export function connectionLight() {
  const panel = h(
    "div",
    { id: "connection", popover: "auto", class: "panel", role: "dialog", "aria-label": tt("connection") },
    h("h2", {}, () => t(`feed.${status().state}`)),
    h("p", {}, doing),
    h("p", { class: "next", hidden: () => !next() }, next),
    when(() => status().reason, reasonOf),
    h("p", {}, button(tt("try_now"), reconnect, { hidden: () => status().state === "live", disabled: trying })),
  );
  const light = h(
    "button",
    { type: "button", class: () => `light ${status().state}`, popovertarget: "connection" },
    h("span", { class: "dot", "aria-hidden": "true" }),
    h("span", { class: "label" }, () => t(`feed.${status().state}`)),
    h("span", { class: "count" }, () => (waitS() === null ? "" : t("seconds", { s: waitS() }))),
  );
  return [light, panel];
}

/** The feed's end in words: as an error when a call failed, else by its close code. */
function reasonOf(reason) {
  if (reason.code === 1006 && !(reason.error instanceof EdgeError)) return h("p", { class: "quiet-text" }, tt("reason.network"));
  const { code, errorCode, correlationId } = reason;
  const what = reason.error ?? { code, reason: JSON.stringify({ error_code: errorCode, correlation_id: correlationId }) };
  const words = wordsOf(what);
  return h(
    "div",
    { class: "reason" },
    h("strong", {}, words("title")),
    h("p", {}, words("message")),
    h("p", { class: "advice" }, words("advice")),
    correlationId ? correlation(correlationId) : null,
  );
}

function doing() {
  const { state, transport } = status();
  return t(`doing.${state === "live" ? (transport ?? "websocket") : state}`);
}

function next() {
  const { state, retryAt } = status();
  if (retryAt !== null) return t("next.retry", { s: waitS() ?? 0, at: clock(retryAt) });
  return trying() ? t("next.trying") : t(`next.${state}`);
}

function waitS() {
  const { retryAt } = status();
  return retryAt === null ? null : Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
}

function trying() {
  const { state, retryAt } = status();
  return retryAt === null && (state === "connecting" || state === "resuming");
}

function tell(what, facts) {
  if (what === "started") desk.since = facts;
  for (const listener of listeners) listener(what, facts);
}
