// A page around the feed: a scripted server, a browser's events, and notes of what the handlers were given.
import { vi } from "vitest";

import type { Environment, FeedOptions } from "../../src/feed/index.js";
import { createFeed } from "../../src/feed/index.js";
import { scriptedFeed } from "../../src/testing.js";

/** A window without a browser. */
export function scriptedPage() {
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  return Object.assign(new EventTarget(), { document, navigator: { onLine: true } });
}

/** Everything that a test needs of one page; `given` overrides its feed's options. */
export function page(given: Partial<FeedOptions> = {}, server = scriptedFeed()) {
  const told: string[] = [];
  const lost: unknown[] = [];
  const errors: unknown[] = [];
  const states = ["connecting"];
  const window = scriptedPage();
  const options: FeedOptions = {
    baseUrl: "https://feed.test",
    ticket: () => server.ticket(),
    onLost: (what) => void lost.push(what),
    onError: (error) => void errors.push(error),
    WebSocket: server.WebSocket,
    fetch: server.fetch,
    storage: null,
    locks: null,
    BroadcastChannel: null,
    page: window,
    random: () => 0.5,
    ...given,
  };
  const feed = createFeed(options);
  feed.subscribe(({ state }) => void (states.at(-1) === state || states.push(state)));
  feed.on("*", ({ event }) => void told.push(event));
  return { server, feed, told, lost, errors, states, window };
}

/** Lets everything happen that is due within `ms`. */
export async function pass(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** A store that a test can look into. */
export function notedStore(kept = "") {
  const store = { kept, get: () => store.kept, set: (cursor: string) => void (store.kept = cursor) };
  return store;
}

/** Locks as the browser's: one holder a name, the next in the order of asking. */
export function locks(): NonNullable<Environment["locks"]> {
  const queues = new Map<string, Promise<unknown>>();
  return {
    request(name, { signal }, held) {
      const before = queues.get(name) ?? Promise.resolve();
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
      let granted = false;
      const run = before.then(() => {
        if (signal.aborted) return;
        granted = true;
        return held();
      });
      queues.set(name, run.catch(() => {}));
      return Promise.race([run, aborted.catch((reason) => (granted ? run : Promise.reject(reason as Error)))]);
    },
  };
}

/** Channels as the browser's: every other one of the name hears what is posted, a copy of it, later. */
export function channels(): NonNullable<Environment["BroadcastChannel"]> {
  const open = new Map<string, Set<ScriptedChannel>>();
  class ScriptedChannel {
    onmessage: ((event: never) => void) | null = null;
    readonly #others: Set<ScriptedChannel>;
    constructor(name: string) {
      this.#others = open.get(name) ?? new Set();
      open.set(name, this.#others.add(this));
    }
    postMessage(message: unknown): void {
      const copy = JSON.stringify(structuredClone(message));
      for (const other of this.#others) {
        if (other !== this) queueMicrotask(() => other.onmessage?.({ data: JSON.parse(copy) as unknown } as never));
      }
    }
    close(): void {
      this.#others.delete(this);
    }
  }
  return ScriptedChannel;
}
