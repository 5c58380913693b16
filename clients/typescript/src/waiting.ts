import { EdgeError, type Failure } from "./errors.js";

const BASE_MS = 300;
const CAP_MS = 10_000;

/** How long to wait before repetition `n`, counted from 0: at random, up to a bound that doubles (full jitter). */
export function jitterMs(n: number, baseMs = BASE_MS, capMs = CAP_MS): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** n);
}

/** Waits; rejects with the signal's reason when that aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const slept = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  return abortable(slept, signal).finally(() => clearTimeout(timer));
}

/** Settles as `promise` does, unless the signal aborts first; then it rejects with the signal's reason. */
export async function abortable<T>(promise: T | PromiseLike<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** A time limit and the caller's own signal in one. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The time left, in milliseconds. */
  leftMs(): number;
  /** Turns what was thrown below into what the caller gets: its own reason, or an `EdgeError`. */
  explain(thrown: unknown, sent: Pick<Failure, "correlationId" | "unsafe">): unknown;
  /** Starts the time anew, since there was progress. */
  extend(): void;
  /** Frees the timer. */
  end(): void;
}

/** Starts a limit of `timeoutMs`; `Infinity` is none. */
export function deadline(timeoutMs: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  const { signal } = controller;
  let endsAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let expired = false;
  const onAbort = () => controller.abort(outer?.reason);
  const extend = () => {
    clearTimeout(timer);
    endsAt = performance.now() + timeoutMs;
    if (timeoutMs === Infinity) return;
    timer = setTimeout(() => {
      expired = !signal.aborted;
      controller.abort();
    }, timeoutMs);
  };
  extend();
  if (outer?.aborted) onAbort();
  else outer?.addEventListener("abort", onAbort);
  return {
    signal,
    leftMs: () => endsAt - performance.now(),
    explain(thrown, sent) {
      if (expired) {
        return new EdgeError({ ...sent, code: "DEADLINE_EXCEEDED", status: 0, message: `No answer in ${timeoutMs} ms.` });
      }
      if (signal.aborted) return signal.reason;
      if (thrown instanceof EdgeError) return thrown;
      return new EdgeError({ ...sent, code: "NETWORK_ERROR", status: 0, message: "No answer came.", cause: thrown });
    },
    extend,
    end() {
      clearTimeout(timer);
      outer?.removeEventListener("abort", onAbort);
    },
  };
}
