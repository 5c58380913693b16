// A scripted edge for the dashboard's own tests: the real client calls it, and no network is used. It knows the
// gateway's routes: which need a token, with which status each succeeds, and that a read is answered 304 to whoever
// has it already.
import type { DataOf, EdgeOptions, Method, PathOf } from "../edge.js";
import type { AuthReason } from "../generated/codes.js";
import { ROUTES } from "../generated/answers.js";
import { abortable } from "../waiting.js";
import { type Asked, networkError, type Play, played, refusal, type ScriptedAnswer } from "./answers.js";
import { scriptedXHR } from "./xhr.js";

/** A call as the edge got it. */
export interface ReceivedCall {
  readonly method: string;
  /** The path as the client names it, such as `/v1/batches/{batch_id}/status`. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Headers;
  /** Parsed if it was JSON, a `FormData` of an upload, text otherwise; `undefined` where there was none. */
  readonly body: unknown;
  /** Aborts when the client gives up. */
  readonly signal: AbortSignal;
  /** Tells the client that this share of an upload has been sent, 0 to 1; without `XMLHttpRequest` it does nothing. */
  progress(share: number): void;
}

/** The answer to a call, or what finds it. */
export type Answering<Data> =
  | ScriptedAnswer<Data>
  | ((call: ReceivedCall) => ScriptedAnswer<Data> | Promise<ScriptedAnswer<Data>>);

/** Answers a path from now on: the next call by the first answer, and so on; the last answer is repeated. */
type Script<M extends Method> = <P extends PathOf<M>>(
  path: P,
  ...answers: [Answering<DataOf<M, P>>, ...Answering<DataOf<M, P>>[]]
) => void;

export interface ScriptedEdge {
  readonly GET: Script<"get">;
  readonly POST: Script<"post">;
  readonly PUT: Script<"put">;
  readonly PATCH: Script<"patch">;
  readonly DELETE: Script<"delete">;
  /** To be spread into the options of `createEdge`. */
  readonly options: Pick<EdgeOptions, "baseUrl" | "fetch" | "XMLHttpRequest">;
  /** Every call that has arrived, repetitions included. */
  readonly received: readonly ReceivedCall[];
  /** Answers 401 to calls with this token from now on. */
  refuse(token: string, reason?: AuthReason): void;
  /** Answers no call any more, as without a network, or again. */
  offline(isOffline: boolean): void;
}

/** A route of the gateway. */
interface Route {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly pattern: RegExp;
  readonly status: number;
  readonly needsToken: boolean;
}

/** Those that name their segments go before those that take any. */
const KNOWN: readonly Route[] = Object.entries(ROUTES)
  .map(([operation, [status, needsToken]]) => {
    const [method = "", path = ""] = operation.split(" ");
    return { operation, method, path, pattern: patternOf(path), status, needsToken };
  })
  .sort((one, other) => openness(one.path) - openness(other.path));

/**
 * Makes an edge that issues tokens and tickets, and answers 500 to everything else that isn't scripted.
 *
 * Its routes take the token of any login unless it was refused.
 */
export function scriptedEdge(): ScriptedEdge {
  const scripts = new Map<string, Answering<unknown>[]>();
  const refused = new Map<string, AuthReason>();
  const tags = new Map<string, string>();
  const received: ReceivedCall[] = [];
  let isOffline = false;
  let issued = 0;

  const script = (method: string) => (path: string, ...answers: Answering<unknown>[]) => {
    const operation = `${method} ${path}`;
    if (!(operation in ROUTES)) throw new TypeError(`The gateway has no ${operation}.`);
    scripts.set(operation, answers);
  };
  const [GET, POST] = [script("GET"), script("POST")];
  const token = () => ({ access_token: `token-${(issued += 1)}`, token_type: "Bearer", expires_in: 3600 });
  POST("/v1/auth/login", () => ({ ...token(), refresh_token: "refresh" }));
  POST("/v1/auth/refresh", token);
  POST("/v1/auth/logout", { message: "You are logged out." });
  POST("/v1/ws/tickets", () => ({ ticket: `ticket-${(issued += 1)}`, expires_in: 30 }));

  async function answer(request: Request, form: FormData | undefined, progress: (share: number) => void): Promise<Response> {
    const { method, signal } = request;
    const { pathname, searchParams } = new URL(request.url);
    const headers = new Headers(request.headers);
    const body = form ?? (await bodyOf(request));
    const route = routeOf(method, pathname);
    const { path = pathname, status = 200 } = route ?? {};
    const asked: Asked = { signal, correlationId: headers.get("X-Correlation-ID") ?? "", status };
    if (isOffline) return networkError().perform(asked);
    const query = Object.fromEntries(searchParams);
    const call = { method, path, params: paramsOf(route, pathname), query, headers, body, signal, progress };
    received.push(call);
    const reason = route?.needsToken ? reasonToRefuse(headers) : undefined;
    if (reason) return refusal("AUTHENTICATION_ERROR", { details: { reason } }).perform(asked);
    const play = await nextPlay(call).catch((error: unknown) => failed(call, error));
    return tagged(call, await play.perform(asked));
  }

  /** The scripted route that fits a call best, else the gateway's. */
  function routeOf(method: string, pathname: string): Route | undefined {
    const fitting = KNOWN.filter((route) => route.method === method && route.pattern.test(pathname));
    return fitting.find(({ operation }) => scripts.has(operation)) ?? fitting[0];
  }

  function reasonToRefuse(headers: Headers): AuthReason | undefined {
    const sent = headers.get("Authorization")?.replace(/^Bearer /, "");
    return sent ? refused.get(sent) : "token_missing";
  }

  async function nextPlay(call: ReceivedCall): Promise<Play<unknown>> {
    const answers = scripts.get(`${call.method} ${call.path}`) ?? [];
    if (!answers.length) throw new TypeError("nothing is scripted for it");
    const next = answers.length > 1 ? answers.shift() : answers[0];
    return played(typeof next === "function" ? await (next as (call: ReceivedCall) => unknown)(call) : next);
  }

  /** Tags a read's success, and empties it for a client that has what the tag names. */
  async function tagged({ method, headers }: ReceivedCall, response: Response): Promise<Response> {
    const isJson = response.headers.get("Content-Type") === "application/json";
    if (method !== "GET" || response.status !== 200 || !isJson) return response;
    const text = await response.text();
    const tag = response.headers.get("ETag") ?? tags.get(text) ?? `"${tags.size + 1}"`;
    tags.set(text, tag);
    const told = new Headers(response.headers);
    told.set("ETag", tag);
    return headers.get("If-None-Match") === tag
      ? new Response(null, { status: 304, headers: told })
      : new Response(text, { status: 200, headers: told });
  }

  const send = (request: Request, form?: FormData, progress = (_: number) => {}) =>
    abortable(answer(request, form, progress), request.signal);
  return {
    GET,
    POST,
    PUT: script("PUT"),
    PATCH: script("PATCH"),
    DELETE: script("DELETE"),
    options: { baseUrl: "https://edge.test", fetch: (request) => send(request), XMLHttpRequest: scriptedXHR(send) },
    received,
    refuse: (sent, reason = "token_expired") => void refused.set(sent, reason),
    offline: (now) => void (isOffline = now),
  } as ScriptedEdge;
}

/** Makes a fault of a test's script an error that is not repeated. */
function failed({ method, path }: ReceivedCall, fault: unknown): Play {
  return refusal("UNKNOWN_ERROR", { message: `${method} ${path} can't be answered: ${String(fault)}` });
}

function paramsOf(route: Route | undefined, pathname: string): Record<string, string> {
  const found = Object.entries(route?.pattern.exec(pathname)?.groups ?? {});
  return Object.fromEntries(found.map(([name, value]) => [name, decodeURIComponent(value)]));
}

/** Matches the path behind any prefix of a proxy; `{path}` takes the rest, other parameters one segment. */
function patternOf(path: string): RegExp {
  const named = path.replace(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>${name === "path" ? ".+" : "[^/]+"})`);
  return new RegExp(`${named}$`);
}

/** How much a path leaves open: one that names its segments goes before one that takes any. */
function openness(path: string): number {
  return path.split("{").length - 1 + (path.includes("{path}") ? 100 : 0);
}

async function bodyOf(request: Request): Promise<unknown> {
  const kind = request.headers.get("Content-Type") ?? "";
  if (kind.startsWith("multipart/")) return request.formData();
  const text = await request.text();
  if (!text) return undefined;
  return kind === "application/json" ? JSON.parse(text) : text;
}
