// Counts, by cursors, what the platform sent and what reached this tab since it began: nothing is estimated.
import { onFrame } from "./connection.js";

let since = "";
let sent = [];
let ordered = 0;
let got = new Map();

onFrame((what, facts) => {
  if (what === "started") begin(facts);
  if (what === "frame" && facts.id) got.set(facts.id, (got.get(facts.id) ?? 0) + 1);
});

/** Counts from this cursor on. */
function begin(cursor) {
  since = cursor;
  sent = [];
  ordered = 0;
  got = new Map();
}

/** Asks the sandbox what the log took since then. */
export async function count(userId) {
  const asked = since;
  const query = new URLSearchParams({ user_id: userId, after: asked });
  const answer = await fetch(`control/notifications?${query}`);
  if (answer.ok && asked === since) sent = (await answer.json()).cursors;
}

/** Counts so many more as sent, which the platform takes a moment to publish. */
export function expectMore(many) {
  ordered = Math.max(ordered, sent.length) + many;
}

/**
 * The figures. The feed keeps the order, so what is missing before something that arrived is lost, and what is missing
 * after it is still on its way.
 */
export function figures() {
  const arrived = sent.findLastIndex((cursor) => got.has(cursor));
  const lost = sent.slice(0, arrived + 1).filter((cursor) => !got.has(cursor)).length;
  const twice = [...got.values()].filter((times) => times > 1).length;
  const all = Math.max(sent.length, got.size, ordered);
  return { sent: all, received: got.size, under_way: all - got.size - lost, lost, twice };
}
