import type { Client, ClientPathsWithMethod, FetchResponse, ParamsOption, RequestBodyOption } from "openapi-fetch";

import { answered, call, type Exchange, uuid } from "./call.js";
import { type Answer, refusal } from "./errors.js";
import { KEYED, PUBLIC } from "./generated/rules.js";
import type { paths } from "./generated/schema.js";
import { poll, type PollOptions } from "./poll.js";
import { Credentials, type Session } from "./session.js";
import { checkFiles, uploading, type UploadOptions } from "./upload.js";

const TIMEOUT_MS = 35_000;
const UPLOAD_RESTS_MS = 60_000;
const RETRIES = 2;
const UPLOAD_PATH = "/v1/files/batch";
const SAFE = ["GET", "HEAD"];

/** How the edge is reached, and by which session. */
export interface EdgeOptions {
  /** The gateway's address, with the path that a proxy in front strips (`/api`), if there is one. */
  readonly baseUrl: string;
  readonly session: Session;
  /** What to call in place of `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** What to make in place of `XMLHttpRequest`, which tells an upload's progress; `undefined` where there is none. */
  readonly XMLHttpRequest?: (new () => XMLHttpRequest) | undefined;
  /** How long a call may take in all, 35 s unless given: the gateway's own deadline and the way there and back. */
  readonly timeoutMs?: number;
  /** How often a read, or a command with an `Idempotency-Key`, is repeated by itself; twice unless given. */
  readonly retries?: number;
}

/** What can be said of any call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** In place of a random one: the same for each repetition of one click. */
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the call outlives the page. */
  readonly keepalive?: boolean;
}

export type Method = "get" | "post" | "put" | "patch" | "delete" | "head";
/** The paths of the gateway that take a method. */
export type PathOf<M extends Method> = ClientPathsWithMethod<Client<paths>, M>;
/** A body that is sent as it is. */
export type RawBody = FormData | Blob | ReadableStream<Uint8Array> | URLSearchParams;

type Operation<M extends Method, P extends PathOf<M>> = paths[P][M & keyof paths[P]];
type Body<O> = RequestBodyOption<O> extends infer B ? { [K in keyof B]: B[K] | RawBody } : never;
/** Parameters, body and options of a call. */
export type Init<M extends Method, P extends PathOf<M>> = ParamsOption<Operation<M, P>> &
  Body<Operation<M, P>> &
  CallOptions;
/** What a call resolves to. */
export interface Success<Data> {
  readonly data: Data;
  readonly response: Response;
}
/** The body of a path's successful response. */
export type DataOf<M extends Method, P extends PathOf<M>> =
  FetchResponse<Operation<M, P> & Record<string, unknown>, unknown, "application/json"> extends infer R
    ? R extends { error?: never; data: infer Data }
      ? Data
      : never
    : never;

type Arguments<I> = Record<never, never> extends I ? [init?: I] : [init: I];
type Call<M extends Method> = <P extends PathOf<M>>(
  path: P,
  ...init: Arguments<Init<M, P>>
) => Promise<Success<DataOf<M, P>>>;

/** The calls of the gateway. Each rejects with an `EdgeError`, or with the reason of its own signal. */
export interface Edge {
  readonly GET: Call<"get">;
  readonly POST: Call<"post">;
  readonly PUT: Call<"put">;
  readonly PATCH: Call<"patch">;
  readonly DELETE: Call<"delete">;
  readonly HEAD: Call<"head">;
  /** Gets a path again and again, and reports each answer that differs from the last, until the signal aborts. */
  poll<P extends PathOf<"get">>(path: P, options: PollOptions<DataOf<"get", P>> & Init<"get", P>): Promise<void>;
  /** Uploads essays to a batch. It sends nothing if `checkFiles` finds a fault, and rejects with the first. */
  upload(batchId: string, files: Iterable<File>, options?: UploadOptions): Promise<DataOf<"post", typeof UPLOAD_PATH>>;
  /** Gets a ticket for one connection to the feed. */
  ticket(options?: Pick<CallOptions, "signal">): Promise<string>;
  /** Refreshes the session's token, together with any call that needs it at the time, and returns it. */
  refresh(): Promise<string>;
}

interface AnyInit extends CallOptions {
  readonly params?: {
    readonly path?: Readonly<Record<string, unknown>>;
    readonly query?: Readonly<Record<string, unknown>>;
    readonly header?: Readonly<Record<string, string>>;
  };
  readonly body?: unknown;
}

/** Returns the calls of the gateway at `baseUrl`. */
export function createEdge(edgeOptions: EdgeOptions): Edge {
  const { timeoutMs = TIMEOUT_MS, retries = RETRIES } = edgeOptions;
  const baseUrl = edgeOptions.baseUrl.replace(/\/+$/, "");
  const credentials = new Credentials(edgeOptions.session, timeoutMs);
  const send = edgeOptions.fetch ?? ((request: Request) => fetch(request));

  async function request(method: string, path: string, init: AnyInit = {}): Promise<Success<unknown>> {
    const { params = {}, body, signal, keepalive = false } = init;
    const operation = `${method} ${path}`;
    const keyed = KEYED.includes(operation);
    const raw = isRaw(body);
    const headers = new Headers({
      ...(body !== undefined && !raw && { "Content-Type": "application/json" }),
      ...(keyed && { "Idempotency-Key": init.idempotencyKey ?? uuid() }),
      "X-Correlation-ID": uuid(),
    });
    for (const [name, value] of Object.entries({ ...init.headers, ...params.header })) headers.set(name, value);
    const unsent = new Request(baseUrl + filled(path, params.path) + queryOf(params.query), {
      method,
      headers,
      keepalive,
      body: raw ? body : JSON.stringify(body),
      duplex: "half", // for a stream; others ignore it
    } as RequestInit);
    const safe = SAFE.includes(method);
    const policy = {
      authenticated: !PUBLIC.includes(operation),
      retries: safe || keyed ? retries : 0,
      unsafe: !(safe || keyed),
      correlationId: headers.get("X-Correlation-ID") ?? "",
      timeoutMs: init.timeoutMs ?? timeoutMs,
      signal,
    };
    const exchange: Exchange<Success<unknown>> = async (added, limit) => {
      const attempt = new Request(unsent.clone(), { signal: limit.signal });
      for (const name in added) attempt.headers.set(name, added[name] ?? "");
      const { answer, response } = await answered(send, attempt, limit.signal);
      return { data: understood(answer, policy), response };
    };
    try {
      return await call(credentials, policy, exchange);
    } finally {
      void unsent.body?.cancel().catch(() => {}); // the copy that no attempt has sent; where a stream feeds it, it ends
    }
  }

  async function upload(batchId: string, files: readonly File[], options: UploadOptions): Promise<unknown> {
    const [fault] = checkFiles(files);
    if (fault) throw fault;
    const XHR = "XMLHttpRequest" in edgeOptions ? edgeOptions.XMLHttpRequest : globalThis.XMLHttpRequest;
    const policy = {
      authenticated: true,
      retries: 0,
      unsafe: true,
      correlationId: uuid(),
      timeoutMs: options.timeoutMs ?? (XHR ? UPLOAD_RESTS_MS : Infinity),
      signal: options.signal,
    };
    const exchange = uploading(`${baseUrl}${UPLOAD_PATH}`, batchId, files, options, { send, XHR });
    return call(credentials, policy, async (headers, limit) => understood(await exchange(headers, limit), policy));
  }

  const methods = Object.fromEntries(
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].map((method) => [method, request.bind(undefined, method)]),
  );
  return {
    ...(methods as unknown as Pick<Edge, "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD">),
    poll(path, options) {
      const init = options as AnyInit;
      return poll((added) => request("GET", path, { ...init, headers: { ...init.headers, ...added } }), options);
    },
    upload: (batchId, files, options = {}) =>
      upload(batchId, [...files], options) as Promise<DataOf<"post", typeof UPLOAD_PATH>>,
    refresh: () => credentials.refresh(),
    async ticket(options) {
      const { data } = await request("POST", "/v1/ws/tickets", options);
      return (data as DataOf<"post", "/v1/ws/tickets">).ticket;
    },
  };
}

/** Returns the body of a success; throws the error of any other answer. */
function understood(answer: Answer, sent: { correlationId: string; unsafe: boolean }): unknown {
  const { status, text } = answer;
  if (status === 304 || (status >= 200 && status < 300 && !text)) return undefined;
  if (status >= 200 && status < 300) {
    try {
      return JSON.parse(text);
    } catch {
      // Not the edge's answer: a login page of the network, say.
    }
  }
  throw refusal(answer, sent);
}

function isRaw(body: unknown): body is RawBody {
  return [FormData, Blob, ReadableStream, URLSearchParams].some((kind) => body instanceof kind);
}

/**
 * Puts parameters into a path.
 *
 * The rest of a proxied path keeps its slashes. A value that would lead to another route is refused here, because URLs
 * leave out dot segments before they are sent.
 */
function filled(path: string, values: Readonly<Record<string, unknown>> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const segments = name === "path" ? String(values[name] ?? "").split("/") : [String(values[name] ?? "")];
    if (segments.some((segment) => /^\.{0,2}$/.test(segment))) throw new TypeError(`${name} of ${path} can't be used.`);
    return segments.map(encodeURIComponent).join("/");
  });
}

function queryOf(values: Readonly<Record<string, unknown>> = {}): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}
