import { EdgeError } from "./errors.js";
import { abortable, sleep } from "./waiting.js";

const LONGEST_MS = 300_000;

/** How to poll. */
export interface PollOptions<Data> {
  /** From one answer to the next call. */
  readonly everyMs: number;
  /** Ends the polling. */
  readonly signal: AbortSignal;
  /** Gets each answer that differs from the last; the next call waits until what it returns has settled. */
  onChange(data: Data, response: Response): unknown;
  /** Gets failures that can pass; polling goes on, at longer intervals. */
  onError?(error: EdgeError): void;
}

/** Gets a resource and its response, with these headers. */
export type Get = (headers: Readonly<Record<string, string>>) => Promise<{ data: unknown; response: Response }>;

/**
 * Calls `get` until the signal aborts. It waits while the page is hidden.
 *
 * @throws EdgeError when a repetition can't help; whatever `onChange` throws.
 */
export async function poll<Data>(get: Get, options: PollOptions<Data>): Promise<void> {
  const { everyMs, signal } = options;
  let tag: string | null = null;
  let last: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    let waitMs = everyMs;
    const answer = await visible(signal)
      .then(() => get(tag ? { "If-None-Match": tag } : {}))
      .catch((error: unknown) => {
        if (signal.aborted) return undefined;
        if (!(error instanceof EdgeError && error.retryable)) throw error;
        options.onError?.(error);
        const backoffMs = Math.min(LONGEST_MS, everyMs * 2 ** ++failures);
        waitMs = Math.max(error.retryAfterMs ?? 0, backoffMs * (0.5 + Math.random() / 2));
        return undefined;
      });
    if (answer) failures = 0;
    if (answer && answer.response.status !== 304) {
      const { data, response } = answer;
      tag = response.headers.get("ETag");
      const text = JSON.stringify(data);
      if (text !== last) await options.onChange(data as Data, response);
      last = text;
    }
    await sleep(waitMs, signal).catch(() => {});
  }
}

/** Resolves when the page can be seen; at once where there is none. */
async function visible(signal: AbortSignal): Promise<void> {
  if (typeof document === "undefined" || document.visibilityState !== "hidden") return;
  let shown = () => {};
  const seen = new Promise<void>((resolve) => {
    shown = () => {
      if (document.visibilityState !== "hidden") resolve();
    };
    document.addEventListener("visibilitychange", shown);
  });
  await abortable(seen, signal).finally(() => document.removeEventListener("visibilitychange", shown));
}
