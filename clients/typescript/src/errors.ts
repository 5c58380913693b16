import { type ErrorCode, RETRYABLE_EXCEPTIONS, RETRYABLE_STATUSES } from "./generated/codes.js";

/** What the library itself reports: no answer, none in time, or one that isn't the edge's. */
export type ClientCode = "NETWORK_ERROR" | "DEADLINE_EXCEEDED" | "UNEXPECTED_ANSWER";

/** A code of the catalogue or of the library; a service newer than the library may send another. */
export type EdgeCode = ErrorCode | ClientCode | (string & Record<never, never>);

/**
 * What to do about an error:
 * - `retry`: send the same request again, after `retryAfterMs` if that is known;
 * - `check`: the command may have taken effect, so look before it is sent again;
 * - `log_in`: send the user to the login;
 * - `correct`: change the request;
 * - `report`: show a general message with the correlation id.
 */
export type Advice = "retry" | "check" | "log_in" | "correct" | "report";

/** What an `EdgeError` is made of. */
export interface Failure {
  readonly code: EdgeCode;
  readonly message: string;
  /** The HTTP status, 0 if there was no answer. */
  readonly status: number;
  /** `details` of the answer; its members depend on the code. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly correlationId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The service that failed. */
  readonly service?: string | undefined;
  /** Whether a repetition could do the work twice. */
  readonly unsafe?: boolean | undefined;
  readonly cause?: unknown;
}

/** Any failure of a call: a refusal by the edge, no answer, or an answer that isn't the edge's. */
export class EdgeError extends Error {
  override readonly name = "EdgeError";
  readonly code: EdgeCode;
  readonly status: number;
  readonly advice: Advice;
  /** Whether the same request can succeed later. */
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  /** Identifies the call in every log; `""` if nothing was sent. */
  readonly correlationId: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly service: string | undefined;

  constructor(failure: Failure) {
    super(failure.message, { cause: failure.cause });
    const { code, status, details = {} } = failure;
    this.code = code;
    this.status = status;
    this.details = details;
    this.correlationId = failure.correlationId ?? "";
    this.service = failure.service;
    this.retryable =
      member(details["retry"], "retryable", "boolean") ??
      RETRYABLE_EXCEPTIONS[code] ??
      (status ? RETRYABLE_STATUSES.includes(status) : true);
    this.retryAfterMs = failure.retryAfterMs;
    this.advice = adviceOn(this, failure.unsafe ?? false);
  }
}

/** An answer's parts, however it came. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  header(name: string): string | null;
}

/** Makes the error of an answer that isn't a success, or that isn't JSON. */
export function refusal(answer: Answer, sent: Pick<Failure, "correlationId" | "unsafe">): EdgeError {
  const { status, text } = answer;
  const told = status < 400 ? undefined : member(parsed(text), "error", "object");
  const code = member(told, "code", "string");
  const known = code === undefined ? undefined : told;
  const details = (member(known, "details", "object") ?? {}) as Record<string, unknown>;
  const seconds = member(details["retry"], "after_seconds", "number");
  return new EdgeError({
    code: code ?? "UNEXPECTED_ANSWER",
    message: member(known, "message", "string") ?? code ?? `The answer with status ${status} isn't the edge's.`,
    status,
    details,
    correlationId: member(known, "correlation_id", "string") ?? answer.header("X-Correlation-ID") ?? sent.correlationId,
    retryAfterMs: seconds === undefined ? retryAfter(answer.header("Retry-After")) : seconds * 1000,
    service: member(known, "service", "string"),
    unsafe: sent.unsafe,
  });
}

/** Parses JSON; `undefined` for anything else. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function adviceOn(error: EdgeError, unsafe: boolean): Advice {
  if (error.status === 401 && error.details["reason"] !== "wrong_credentials") return "log_in";
  if (error.retryable) return unsafe && [0, 502, 504].includes(error.status) ? "check" : "retry";
  return error.status >= 500 || error.code === "UNEXPECTED_ANSWER" ? "report" : "correct";
}

function retryAfter(told: string | null): number | undefined {
  if (!told) return undefined;
  const ms = /^\d+$/.test(told) ? Number(told) * 1000 : Date.parse(told) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

interface Kinds {
  string: string;
  number: number;
  boolean: boolean;
  object: object;
}

function member<Kind extends keyof Kinds>(of: unknown, name: string, kind: Kind): Kinds[Kind] | undefined {
  const value: unknown = of instanceof Object ? (of as Record<string, unknown>)[name] : undefined;
  return typeof value === kind && value !== null ? (value as Kinds[Kind]) : undefined;
}
