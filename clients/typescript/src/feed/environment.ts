// What the feed needs from around it: taken from the browser or Node unless the page injects its own. Any part but
// the timers may be missing.

/** The part of a `WebSocket` that the feed uses. */
export interface Socket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}

/** The part of a `BroadcastChannel` that the feed uses. */
export interface Channel {
  onmessage: ((event: never) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** The part of `navigator.locks` that the feed uses. */
export interface Locks {
  request(name: string, options: { signal: AbortSignal }, held: () => Promise<void>): Promise<unknown>;
}

/** The part of `localStorage` that the feed uses. */
export interface KeyStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** The events of a window or of its document. */
export interface Eventful {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** The window: its events, and whether it is visible and has a network. */
export interface Page extends Eventful {
  readonly document?: (Eventful & { readonly visibilityState?: string }) | undefined;
  readonly navigator?: { readonly onLine?: boolean } | undefined;
}

/** Time, so that tests can hold it; the three are called as functions. */
export interface Timers {
  readonly setTimeout: (run: () => void, ms: number) => unknown;
  readonly clearTimeout: (timer: never) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Everything that the feed takes from its surroundings; null says that a part is missing. */
export interface Environment {
  readonly WebSocket?: (new (url: string, protocol: string) => Socket) | null;
  readonly fetch?: typeof fetch | null;
  readonly storage?: KeyStorage | null;
  readonly locks?: Locks | null;
  readonly BroadcastChannel?: (new (name: string) => Channel) | null;
  readonly page?: Page | null;
  readonly timers?: Timers;
  /** From 0 up to 1, as `Math.random`. */
  readonly random?: () => number;
}

/** The environment, whole. */
export interface Surroundings {
  readonly WebSocket: (new (url: string, protocol: string) => Socket) | undefined;
  readonly fetch: typeof fetch | undefined;
  readonly storage: KeyStorage | undefined;
  readonly locks: Locks | undefined;
  readonly BroadcastChannel: (new (name: string) => Channel) | undefined;
  readonly page: Page | undefined;
  readonly random: () => number;
  readonly now: () => number;
  /** Runs `run` after `ms`, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void;
}

/** Returns `given`, completed by what the browser or Node has. */
export function surroundings(given: Environment): Surroundings {
  const all = globalThis as unknown as Partial<Record<string, never>>;
  const timers: Timers = given.timers ?? { setTimeout, clearTimeout, now: Date.now };
  const { setTimeout: start, clearTimeout: cancel, now } = timers;
  const part = <Name extends Exclude<keyof Environment, "timers" | "random">>(
    name: Name,
    own: () => unknown = () => all[name],
  ) => (given[name] === undefined ? attempt(own) : (given[name] ?? undefined)) as Surroundings[Name];
  return {
    WebSocket: part("WebSocket"),
    fetch: part("fetch"),
    storage: part("storage", () => localStorage),
    locks: part("locks", () => navigator.locks),
    BroadcastChannel: part("BroadcastChannel"),
    page: part("page", () => document && globalThis),
    random: given.random ?? Math.random,
    now,
    after(ms, run) {
      const timer = start(run, ms);
      return () => cancel(timer as never);
    },
  };
}

/** Returns what `run` returns, or undefined when it throws: browsers refuse `localStorage` to some pages. */
export function attempt<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** Writes the feed's decisions to the console while `localStorage["huleedu:debug"]` is set. */
export function debugLog({ storage }: Surroundings): (event: string, facts?: object) => void {
  return (event, facts = {}) => {
    if (attempt(() => storage?.getItem("huleedu:debug"))) console.debug("[huleedu:feed]", event, facts);
  };
}
export type Log = ReturnType<typeof debugLog>;
