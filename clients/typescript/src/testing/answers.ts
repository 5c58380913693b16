// What may come of one call to the scripted edge.
import type { ErrorCode } from "../generated/codes.js";
import { STATUSES } from "../generated/answers.js";
import type { components } from "../generated/schema.js";
import { sleep } from "../waiting.js";

/** What the edge makes its response of. */
export interface Asked {
  readonly signal: AbortSignal;
  readonly correlationId: string;
  /** The status of the route's success. */
  readonly status: number;
}

/** One outcome of a call, made by the functions of this module; `Data` is the body of its success. */
export class Play<out Data = never> {
  declare readonly data?: Data;

  /** Makes the response, or rejects as `fetch` does; leave it to the scripted edge. */
  constructor(readonly perform: (asked: Asked) => Promise<Response>) {}
}

/** A body, or what a function of this module has made. */
export type ScriptedAnswer<Data> = Data | Play<Data>;

/** What can be said of a success. */
export interface SuccessOptions {
  /** The route's own unless given. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The route's success, with headers or another status; without a body unless one is given. */
export function success(): Play;
export function success<Data>(data: Data, options?: SuccessOptions): Play<Data>;
export function success(data?: unknown, { status, headers = {} }: SuccessOptions = {}): Play<unknown> {
  return new Play(async (asked) => respond(asked, status ?? (data === undefined ? 204 : asked.status), data, headers));
}

/** What can be said of a refusal. */
export interface Refusal {
  readonly message?: string;
  readonly details?: Readonly<Record<string, components["schemas"]["JsonValue"]>>;
  /** When to try again. */
  readonly retryAfterMs?: number;
  /** The catalogue's unless given. */
  readonly status?: number;
  /** The service that failed, `api_gateway` unless given. */
  readonly service?: string;
}

/** An error of the edge, by its code of the catalogue. */
export function refusal(code: ErrorCode, facts: Refusal = {}): Play {
  const { message = `It is ${code}.`, details = {}, retryAfterMs, service = "api_gateway" } = facts;
  const seconds = retryAfterMs === undefined ? undefined : retryAfterMs / 1000;
  const retry = seconds === undefined ? {} : { retry: { retryable: true, after_seconds: seconds } };
  return new Play(async (asked) => {
    const body: components["schemas"]["ErrorBody"] = {
      error: {
        code,
        message,
        correlation_id: asked.correlationId,
        service,
        timestamp: new Date().toISOString(),
        details: { ...retry, ...details },
      },
    };
    const later = seconds === undefined ? {} : { "Retry-After": String(Math.max(1, Math.ceil(seconds))) };
    return respond(asked, facts.status ?? STATUSES[code], body, { "X-Error-Code": code, ...later });
  });
}

/** What isn't the edge's: a proxy's page, or the login of a network. */
export function page(status: number, html = "<!doctype html><title>A page</title>"): Play {
  return new Play(async () => new Response(html, { status, headers: { "Content-Type": "text/html" } }));
}

/** No network, or a connection that broke. */
export function networkError(): Play {
  return new Play(() => Promise.reject(new TypeError("Failed to fetch")));
}

/** Nothing, until the client gives up. */
export function noAnswer(): Play {
  return new Play(() => new Promise(() => {}));
}

/** The same, later. */
export function after<Data>(ms: number, answer: ScriptedAnswer<Data>): Play<Data> {
  return new Play(async (asked) => {
    await sleep(ms, asked.signal);
    return played(answer).perform(asked);
  });
}

/** Takes what isn't a play as the body of a success. */
export function played<Data>(answer: ScriptedAnswer<Data>): Play<Data> {
  return answer instanceof Play ? answer : success(answer);
}

function respond(asked: Asked, status: number, data: unknown, headers: Readonly<Record<string, string>>): Response {
  const body = data === undefined ? null : JSON.stringify(data);
  const kind = body === null ? {} : { "Content-Type": "application/json" };
  return new Response(body, { status, headers: { ...kind, "X-Correlation-ID": asked.correlationId, ...headers } });
}
