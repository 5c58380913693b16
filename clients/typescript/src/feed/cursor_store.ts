// Where the position behind the last processed frame is kept between visits.
import type { KeyStorage } from "./environment.js";
import { attempt } from "./environment.js";

/** Keeps the cursor of one user; either method may be asynchronous. */
export interface CursorStore {
  /** Returns the kept cursor; nothing, or "", when there is none. */
  get(): string | null | undefined | Promise<string | null | undefined>;
  set(cursor: string): unknown;
}

/** Keeps the cursor in a storage of the browser; one that refuses keeps nothing. */
export function storedCursor(storage: KeyStorage, key: string): CursorStore {
  return {
    get: () => attempt(() => storage.getItem(key)),
    set: (cursor) => attempt(() => storage.setItem(key, cursor)),
  };
}
