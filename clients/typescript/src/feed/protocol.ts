// What travels on the feed, read without any I/O: frames, the ends of connections, and the wait after each end.
// docs/feed.md is the source of every rule here.
import type { EdgeError } from "../errors.js";
import type { AnyFrame } from "../generated/frames.js";

/** How a connection, or the attempt to make one, ended. */
export interface Ending {
  /** The close code; 1006 is a broken network, 401 a ticket that was refused. */
  readonly code: number;
  /** The machine-readable word of the close reason, such as `token_expired`. */
  readonly message?: string | undefined;
  readonly errorCode?: string | undefined;
  readonly correlationId?: string | undefined;
  /** The time slot that the server gave this client. */
  readonly retryAfterMs?: number | undefined;
  /** What was thrown: by `ticket`, by the transport, or by a handler whose frame stopped the feed. */
  readonly error?: unknown;
}

export const NETWORK_LOST: Ending = { code: 1006 };

const ZONELESS = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/;
const LONGEST_WAIT_MS = 30_000;
const AT_ONCE: readonly number[] = [1008, 1009, 4008, 4408];
const STREAM_CODES: Readonly<Record<string, number>> = {
  AUTHENTICATION_ERROR: 1008,
  RATE_LIMIT: 1008,
  SERVICE_RESTART: 1012,
  SERVICE_OVERLOADED: 1013,
  CONNECTION_LIMIT: 4000,
  CONSUMER_TOO_SLOW: 4008,
  IDLE_TIMEOUT: 4408,
};

/** Returns a time of the platform with the zone that it means: UTC where none is written. */
export function utc(time: string): string {
  return ZONELESS.test(time) ? `${time}Z` : time;
}

/** Reads a frame, its times as UTC; undefined for a text that is none. */
export function readFrame(text: string): AnyFrame | undefined {
  const frame: unknown = parsed(text, (_, value) => (typeof value === "string" ? utc(value) : value));
  return typeof (frame as AnyFrame | undefined)?.event === "string" ? (frame as AnyFrame) : undefined;
}

/** Reads the end of a socket. */
export function closeEnding(code: number, reason: string): Ending {
  const { error_code, message, correlation_id, retry_after_ms } = Object(parsed(reason)) as Record<string, never>;
  return { code, errorCode: error_code, message, correlationId: correlation_id, retryAfterMs: retry_after_ms };
}

/** Reads an error object, which ends an event stream or answers its request. */
export function errorEnding(error: unknown): Ending {
  const { code, details, correlation_id } = Object(error) as {
    code?: string;
    correlation_id?: string;
    details?: { reason?: string; retry?: { after_seconds?: number } };
  };
  const seconds = details?.retry?.after_seconds;
  return {
    code: STREAM_CODES[code ?? ""] ?? 1011,
    errorCode: code,
    message: details?.reason,
    correlationId: correlation_id,
    retryAfterMs: seconds === undefined ? undefined : seconds * 1000,
  };
}

/** Reads what `ticket` threw: an `EdgeError`, or anything else. */
export function ticketEnding(error: unknown): Ending {
  const { status, code, retryAfterMs, correlationId } = Object(error) as Partial<EdgeError>;
  return { code: status === 401 ? 401 : 1006, errorCode: code, correlationId, retryAfterMs, error };
}

/** Whether only the user can mend it, by logging in. */
export function needsLogin({ code }: Ending): boolean {
  return code === 401;
}

/** Whether the feed wants this client to stay away for a minute: too many connections or messages. */
export function isLimit({ code, message }: Ending): boolean {
  return code === 4000 || message === "rate";
}

/** Whether the wait is the server's decision, which nothing may shorten. */
export function isSlot(end: Ending): boolean {
  return end.retryAfterMs !== undefined || isLimit(end);
}

/**
 * Returns the milliseconds until the next attempt, by the table of docs/feed.md.
 *
 * `failures` are the failed attempts before this one, `windowMs` the `retry_after_ms` of `feed.ready`.
 */
export function waitMs(end: Ending, failures: number, windowMs: number, random: () => number): number {
  if (end.retryAfterMs !== undefined) return end.retryAfterMs;
  if (isLimit(end)) return 60_000 * (1 + random());
  if (AT_ONCE.includes(end.code) && failures === 0) return 0;
  return random() * Math.min(LONGEST_WAIT_MS, Math.max(100, windowMs) * 2 ** failures);
}

function parsed(source: string, reviver?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(source, reviver);
  } catch {
    return undefined;
  }
}
