// Who is logged in. The tokens are kept for all tabs of this page, so a second tab needs no login, and logging out in
// one tab logs out all of them.
import { createEdge } from "./edge.js";
import { refresh } from "./dom.js";

const KEPT = "huleedu:session";
const listeners = new Set();

let kept = read();

/** The sandbox's addresses, people and essays. */
export const sandbox = await fetch("sandbox.json").then((answer) => answer.json());

/** The calls of the gateway, with the token of the moment. */
export const edge = createEdge({
  baseUrl: sandbox.gateway,
  session: {
    token: () => kept?.access ?? "",
    refresh: renew,
    onSignedOut: () => store(null),
  },
});

/** The user who is logged in, or null. */
export const user = () => kept?.user ?? null;

/** A person's name, as well as an address and an id tell it. */
export function nameOf({ email, user_id: id }) {
  const name = id?.split("-").at(-1) || email.split("@")[0];
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Calls `listener` when another user, or nobody, is logged in. */
export function onUser(listener) {
  listeners.add(listener);
}

export async function logIn(person) {
  const { email, password } = person;
  const { data } = await edge.POST("/v1/auth/login", { body: { email, password } });
  const { user_id } = person;
  store({ user: { email, user_id }, access: data.access_token, refresh: data.refresh_token });
}

/** Ends the session here even if the edge can't be reached; returns what went wrong then. */
export async function logOut() {
  const refresh_token = kept?.refresh;
  try {
    await edge.POST("/v1/auth/logout", { body: { refresh_token } });
  } finally {
    store(null);
  }
}

/** Gets a new access token and returns it. */
export async function renewToken() {
  await renew();
  return kept.access;
}

async function renew() {
  const { data } = await edge.POST("/v1/auth/refresh", { body: { refresh_token: kept.refresh } });
  if (kept) store({ ...kept, access: data.access_token });
}

function store(next) {
  if (next) localStorage.setItem(KEPT, JSON.stringify(next));
  else localStorage.removeItem(KEPT);
  take(next);
}

function take(next) {
  const before = kept?.user.user_id;
  kept = next;
  if (kept?.user.user_id !== before) listeners.forEach((listener) => listener());
  refresh();
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

window.addEventListener("storage", ({ key }) => {
  if (key === KEPT || key === null) take(read());
});
