import { type Answer, EdgeError, type Failure } from "./errors.js";
import type { Credentials } from "./session.js";
import { abortable, type Deadline, deadline, jitterMs, sleep } from "./waiting.js";

/** How one call may be made. */
export interface Policy {
  /** Whether it sends the session's token. */
  readonly authenticated: boolean;
  /** How often it may be repeated after a failure that can pass. */
  readonly retries: number;
  /** Whether a repetition could do the work twice. */
  readonly unsafe: boolean;
  readonly correlationId: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Sends the call once, with these headers; rejects with an `EdgeError` when it is refused. */
export type Exchange<T> = (headers: Readonly<Record<string, string>>, limit: Deadline) => Promise<T>;

/**
 * Makes one call: with the token of the moment, renewed once if it has expired, and repeated after failures that pass.
 *
 * @throws EdgeError, or the reason of the caller's own signal.
 */
export async function call<T>(credentials: Credentials, policy: Policy, exchange: Exchange<T>): Promise<T> {
  const sent: Pick<Failure, "correlationId" | "unsafe"> = policy;
  const limit = deadline(policy.timeoutMs, policy.signal);
  let renewed = false;
  let failures = 0;
  try {
    for (;;) {
      const token = policy.authenticated ? await credentials.token(limit.signal) : "";
      try {
        return await exchange(
          { "X-Correlation-ID": policy.correlationId, ...(token && { Authorization: `Bearer ${token}` }) },
          limit,
        );
      } catch (thrown) {
        const error = limit.explain(thrown, sent);
        if (!(error instanceof EdgeError)) throw error;
        if (token && error.status === 401) {
          if (renewed) {
            credentials.signedOut(token, error);
            throw error;
          }
          await credentials.renew(token, error, limit.signal);
          renewed = true;
          continue;
        }
        const waitMs = (error.retryAfterMs ?? 0) + jitterMs(failures);
        if (failures++ >= policy.retries || !error.retryable || waitMs >= limit.leftMs()) throw error;
        await sleep(waitMs, limit.signal);
      }
    }
  } catch (thrown) {
    throw limit.signal.aborted ? limit.explain(thrown, sent) : thrown;
  } finally {
    limit.end();
  }
}

/** Sends a request as `fetch` does. */
export type Send = (request: Request) => Promise<Response>;

/** Sends a request and reads its answer, unless the signal aborts first. */
export async function answered(
  send: Send,
  request: Request,
  signal: AbortSignal,
): Promise<{ answer: Answer; response: Response }> {
  const response = await abortable(send(request), signal);
  const text = await abortable(response.text(), signal);
  return { answer: { status: response.status, text, header: (name) => response.headers.get(name) }, response };
}

/** A random UUID, also on pages without TLS, which have no `crypto.randomUUID`. */
export function uuid(): string {
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte, at) =>
    (at === 6 ? (byte & 15) | 64 : at === 8 ? (byte & 63) | 128 : byte).toString(16).padStart(2, "0"),
  ).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
