// A teacher's batches, and an upload, as state to be shown: what the hooks of Vue and React have in common. A store
// works while somebody subscribes to it, so that nothing happens on a server or after a component is gone.
import type { Edge } from "./edge.js";
import type { Feed } from "./feed/index.js";
import type { components, paths } from "./generated/schema.js";
import type { Progress, UploadOptions } from "./upload.js";

export interface Store<State> {
  /** A new object at each change. */
  readonly state: State;
  subscribe(changed: () => void): () => void;
}

type Page = components["schemas"]["BatchPage"];

/** Which batches are shown. */
export type BatchQuery = NonNullable<paths["/v1/batches"]["get"]["parameters"]["query"]>;

/** A page of batches; the last one that could be loaded. */
export interface Batches {
  readonly batches: Page["batches"];
  readonly total: number;
  readonly loading: boolean;
  /** Why the last load failed: an `EdgeError`. */
  readonly error: unknown;
}

export interface BatchesStore extends Store<Batches> {
  reload(): void;
}

/** An upload. */
export interface Upload {
  readonly state: "idle" | "sending" | "done" | "failed" | "cancelled";
  readonly progress: Progress | null;
  /** Why it failed: an `EdgeError`. */
  readonly error: unknown;
}

export interface UploadStore extends Store<Upload> {
  /** Uploads essays; returns whether they have arrived. */
  upload(batchId: string, files: Iterable<File>, options?: Pick<UploadOptions, "assignmentId" | "timeoutMs">): Promise<boolean>;
  cancel(): void;
}

const RELOAD_EACH_MS = 1_000;

/** Loads a page of batches, and loads it again, once a second at most, when the feed tells of one. */
export function batchesStore(edge: Pick<Edge, "GET">, feed: Feed | null | undefined, query: BatchQuery = {}): BatchesStore {
  let loads: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStale = false;
  const { store, set } = storing<Batches>({ batches: [], total: 0, loading: true, error: null }, () => {
    const due = () => {
      isStale = true;
      timer ??= setTimeout(again, RELOAD_EACH_MS);
    };
    const ends = [
      feed?.on("*", ({ data }) => (data as { batch_id?: unknown } | undefined)?.batch_id && due()),
      feed?.on("feed.gap", due),
      feed?.on("feed.ready", ({ data }) => data.outcome === "reset" && due()),
    ];
    void load();
    return () => {
      for (const end of ends) end?.();
      clearTimeout(timer);
      timer = undefined;
      loads?.abort();
    };
  });
  return Object.assign(store, { reload: () => void load() });

  function again(): void {
    timer = undefined;
    if (isStale) void load();
  }

  async function load(): Promise<void> {
    loads?.abort();
    const { signal } = (loads = new AbortController());
    isStale = false;
    set({ loading: true });
    try {
      const { data } = await edge.GET("/v1/batches", { params: { query }, signal });
      set({ batches: data.batches, total: data.pagination.total, loading: false, error: null });
    } catch (error) {
      if (!signal.aborted) set({ loading: false, error });
    }
  }
}

/** Uploads to one batch at a time; an upload is cancelled when nobody is subscribed any more. */
export function uploadStore(edge: Pick<Edge, "upload">): UploadStore {
  let sending: AbortController | undefined;
  const cancel = () => sending?.abort();
  const { store, set } = storing<Upload>({ state: "idle", progress: null, error: null }, () => cancel);
  return Object.assign(store, {
    cancel,
    async upload(...[batchId, files, options]: Parameters<UploadStore["upload"]>): Promise<boolean> {
      cancel();
      const { signal } = (sending = new AbortController());
      set({ state: "sending", progress: null, error: null });
      const now = (next: Partial<Upload>) => signal === sending?.signal && set(next);
      try {
        await edge.upload(batchId, files, { ...options, signal, onProgress: (progress) => now({ progress }) });
        now({ state: "done" });
        return true;
      } catch (error) {
        now(signal.aborted ? { state: "cancelled" } : { state: "failed", error });
        return false;
      }
    },
  });
}

/** Makes a store that calls `start` for its first subscriber, and what that returned after its last. */
function storing<State>(state: State, start: () => () => void) {
  const listeners = new Set<() => void>();
  let stop = () => {};
  return {
    store: {
      get state() {
        return state;
      },
      subscribe(changed: () => void) {
        const own = () => changed();
        listeners.add(own);
        if (listeners.size === 1) stop = start();
        return () => {
          if (listeners.delete(own) && listeners.size === 0) stop();
        };
      },
    },
    set(next: Partial<State>) {
      state = { ...state, ...next };
      for (const changed of [...listeners]) changed();
    },
  };
}
