// Hands frames to the page's handlers, one frame after the other. A position is kept only after every handler has
// succeeded; one that throws is reported and offered the frame again, and at last `onDeadFrame` decides.
import type { Log, Surroundings } from "./environment.js";
import type { AnyFrame } from "../generated/frames.js";

/** What a handler may ask about the frame it is offered. */
export interface Offer {
  /** 1 at first, and one more at each repetition. */
  readonly attempt: number;
  /** Aborted when the feed stops. */
  readonly signal: AbortSignal;
}

export type Handler<Frame> = (frame: Frame, offer: Offer) => unknown;

/** A handler's failure. */
export interface HandlerFailure {
  readonly frame: AnyFrame;
  readonly attempt: number;
  /** When the frame is offered again, in milliseconds since the epoch; null after the last attempt, and while one runs. */
  readonly retryAt: number | null;
}

export interface InboxHost {
  /** Returns the handlers of a frame, in order. */
  handlers(frame: AnyFrame): readonly Handler<never>[];
  failed(error: unknown, failure: HandlerFailure): void;
  /** Decides about a frame whose handlers failed to the last; it must not throw. */
  dead(frame: AnyFrame, error: unknown): unknown;
  /** All handlers have succeeded; `cursor` is the position behind the frame, if it moves any. */
  done(frame: AnyFrame, cursor: string | undefined): unknown;
  stop(error: unknown): void;
}

export interface Inbox {
  push(frame: AnyFrame, cursor?: string): void;
  /** Drops what waits. */
  drop(): void;
  /** Drops what waits, and aborts what is offered. */
  clear(): void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** When a handler that hasn't settled is reported: the frames behind it wait. */
const SLOW_MS = 60_000;

export function createInbox(env: Surroundings, log: Log, attempts: number, host: InboxHost): Inbox {
  let waiting: { frame: AnyFrame; cursor: string | undefined }[] = [];
  let busy = false;
  let life = new AbortController();

  return {
    push(frame, cursor) {
      waiting.push({ frame, cursor });
      if (!busy) void work();
    },
    drop() {
      waiting = [];
    },
    clear() {
      waiting = [];
      life.abort();
      life = new AbortController();
      busy = false;
    },
  };

  async function work(): Promise<void> {
    const { signal } = life;
    busy = true;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { frame, cursor } = next;
      const failure = await offer(frame, signal);
      if (signal.aborted) return;
      if (failure && (await host.dead(frame, failure.error)) !== "skip") return host.stop(failure.error);
      if (signal.aborted) return;
      await host.done(frame, cursor);
      if (signal.aborted) return;
    }
    busy = false;
  }

  /** Offers the frame to its handlers until each has succeeded; returns what failed at the last attempt. */
  async function offer(frame: AnyFrame, signal: AbortSignal): Promise<{ error: unknown } | undefined> {
    let left = host.handlers(frame);
    for (let attempt = 1; ; attempt += 1) {
      let failure: { error: unknown } | undefined;
      const failed: Handler<never>[] = [];
      for (const handler of left) {
        const end = env.after(SLOW_MS, () =>
          host.failed(Error(`A handler of ${frame.event} hasn't settled.`), { frame, attempt, retryAt: null }),
        );
        signal.addEventListener("abort", end);
        try {
          await handler(frame as never, { attempt, signal });
        } catch (error) {
          failed.push(handler);
          failure = { error };
        }
        end();
        signal.removeEventListener("abort", end);
        if (signal.aborted) return undefined;
      }
      if (!failure) return undefined;
      const waitMs = env.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
      const last = attempt >= attempts;
      log("handler failed", { event: frame.event, attempt, last, error: failure.error });
      host.failed(failure.error, { frame, attempt, retryAt: last ? null : env.now() + waitMs });
      if (last) return failure;
      await new Promise<void>((resume) => {
        const over = () => {
          cancel();
          signal.removeEventListener("abort", over);
          resume();
        };
        const cancel = env.after(waitMs, over);
        signal.addEventListener("abort", over);
      });
      if (signal.aborted) return undefined;
      left = host.handlers(frame).filter((handler) => failed.includes(handler));
    }
  }
}
