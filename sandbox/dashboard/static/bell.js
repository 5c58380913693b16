// The bell: how many notifications are new, and the list of them with their priority and what they ask for.
import { desk, batchOf } from "./desk.js";
import { button, each, h, icon, keep, refresh } from "./dom.js";
import { openConfirm } from "./confirm.js";
import { markSeen, status } from "./connection.js";
import { clock, has, relative, t, tt } from "./texts.js";

const SHOWN = 60;
let newest = new Set();

export function bell() {
  const list = h("ol", { class: "news" });
  each(list, () => desk.news.slice(0, SHOWN), ({ id }) => id, entry);
  const panel = h(
    "div",
    { id: "news", popover: "auto", class: "panel", role: "dialog", "aria-label": tt("notifications"), ontoggle: toggled },
    h("h2", { tabindex: "-1", autofocus: true }, tt("notifications")),
    h("p", { class: "quiet-text", hidden: () => desk.news.length > 0 }, tt("no_notifications")),
    list,
  );
  const opener = h(
    "button",
    { type: "button", class: "bell", popovertarget: "news", "aria-label": () => t("bell", { n: unread() }) },
    icon("bell"),
    h("span", { class: "badge", "aria-hidden": "true", hidden: () => unread() === 0 }, () => (unread() > 99 ? "99+" : unread())),
  );
  keep(opener, () => opener.classList.toggle("urgent", desk.news.slice(0, unread()).some(isUrgent)));
  return [opener, panel];
}

const unread = () => status().unread ?? 0;
const isUrgent = ({ data }) => data.action_required || data.priority === "critical";

/** Opening the list marks all of it as seen, here and on every other device, and so does closing it. */
function toggled({ newState }) {
  newest = newState === "open" ? new Set(desk.news.slice(0, unread()).map(({ id }) => id)) : new Set();
  if (unread()) markSeen();
  refresh();
}

function entry({ id, event, data }) {
  const about = () => [data.batch_id && (batchOf(data.batch_id).title || t("untitled")), data.class_designation].filter(Boolean);
  const needed = () => data.action_required && Boolean(data.batch_id && batchOf(data.batch_id).ask);
  return h(
    "li",
    { class: () => `${data.priority} ${newest.has(id) ? "new" : ""}` },
    h("p", { class: "what" }, () => titleOf(event, data)),
    h("p", { class: "about" }, () => about().join(" · ")),
    h(
      "p",
      { class: "meta" },
      h("span", { class: "priority" }, () => t(`priority.${data.priority}`)),
      h("time", { datetime: data.timestamp, title: () => clock(data.timestamp) }, () => relative(data.timestamp)),
      h("span", { class: "sr" }, () => (newest.has(id) ? t("is_new") : "")),
    ),
    h(
      "p",
      { class: "row", hidden: () => !needed() },
      h("span", { class: "asks" }, () => t("asks_by", { at: clock(data.deadline ?? Date.now()) })),
      button(tt("confirm"), () => openConfirm(batchOf(data.batch_id)), { class: "small" }),
    ),
  );
}

/** A notification in words; a type that is newer than this page is shown by its name. */
export function titleOf(event, data) {
  return has(`news.${event}`) ? t(`news.${event}`, data) : event.replaceAll("_", " ");
}
