// Counts, by cursors, what the platform sent and what reached this tab since it began: nothing is estimated.
import { onFrame } from "./connection.js";

let since = "";
let sent = [];
let got = new Map();

onFrame((what, facts) => {
  if (what === "started") begin(facts);
  if (what === "frame" && facts.id) got.set(facts.id, (got.get(facts.id) ?? 0) + 1);
});

/** Counts from this cursor on. */
function begin(cursor) {
  since = cursor;
  sent = [];
  got = new Map();
}

/** Asks the sandbox what the log took since then. */
export async function count(userId) {
  const asked = since;
  const query = new URLSearchParams({ user_id: userId, after: asked });
  const answer = await fetch(`control/notifications?${query}`);
  if (answer.ok && asked === since) sent = (await answer.json()).cursors;
}

/**
 * The figures. The feed keeps the order, so what is missing before something that arrived is lost, and what is missing
 * after it is still on its way.
 */
export function figures() {
  const arrived = sent.findLastIndex((cursor) => got.has(cursor));
  const lost = sent.slice(0, arrived + 1).filter((cursor) => !got.has(cursor)).length;
  const twice = [...got.values()].filter((times) => times > 1).length;
  return { sent: Math.max(sent.length, got.size), received: got.size, under_way: Math.max(0, sent.length - 1 - arrived), lost, twice };
}
