// The feed in React components, by `useSyncExternalStore`; React is an optional peer.
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useSyncExternalStore } from "react";

import type { Edge } from "./edge.js";
import type { Feed, FeedStatus, Handler } from "./feed/index.js";
import type { ControlEvent, ControlFrame, DirectMessage, Notification, NotificationType } from "./generated/frames.js";
import type { Batches, BatchesStore, BatchQuery, Store, Upload, UploadStore } from "./stores.js";
import { batchesStore, uploadStore } from "./stores.js";

/** What the server renders: there is no feed. */
const NOWHERE: FeedStatus = { state: "connecting", transport: null, retryAt: null, reason: null, unread: null };

const Current = createContext<Feed | null>(null);

/** Gives the components below it the page's feed; null while there is none, such as before the login. */
export const FeedProvider = Current.Provider;

/** Returns the page's feed; null on a server, and before the login. */
export function useFeed(): Feed | null {
  return useContext(Current);
}

/** Returns what the feed is doing, and renders anew when that changes. */
export function useFeedStatus(): FeedStatus {
  return useSelected((status) => status);
}

/** Returns how many notifications the user hasn't seen, and how to mark all as seen; null while that isn't known. */
export function useUnread(): readonly [unread: number | null, markSeen: () => void] {
  const feed = useFeed();
  return [useSelected(({ unread }) => unread), () => feed?.seen()];
}

/** Handles a notification type while the component is shown; the newest `handler` is called. */
export function useNotification<Type extends NotificationType>(event: Type, handler: Handler<Notification<Type>>): void;
export function useNotification<Event extends ControlEvent>(event: Event, handler: Handler<ControlFrame<Event>>): void;
export function useNotification(event: string, handler: Handler<Notification | DirectMessage>): void;
export function useNotification(event: string, handler: Handler<never>): void {
  const feed = useFeed();
  const newest = useRef(handler);
  useEffect(() => {
    newest.current = handler;
  });
  useEffect(() => feed?.on(event, (frame, offer) => newest.current(frame as never, offer)), [feed, event]);
}

/** Shows a page of the user's batches, which is loaded again when the feed tells of one. */
export function useBatches(edge: Edge, query: BatchQuery = {}): Batches & Pick<BatchesStore, "reload"> {
  const feed = useFeed();
  const asked = JSON.stringify(query);
  const store = useMemo(() => batchesStore(edge, feed, JSON.parse(asked) as BatchQuery), [edge, feed, asked]);
  return { ...useStore(store), reload: store.reload };
}

/** Uploads essays and shows how far that is; the upload is cancelled with the component. */
export function useUpload(edge: Edge): Upload & Pick<UploadStore, "upload" | "cancel"> {
  const store = useMemo(() => uploadStore(edge), [edge]);
  return { ...useStore(store), upload: store.upload, cancel: store.cancel };
}

function useStore<State>(store: Store<State>): State {
  const now = () => store.state;
  return useSyncExternalStore(store.subscribe, now, now);
}

function useSelected<Part>(select: (status: FeedStatus) => Part): Part {
  const feed = useFeed();
  return useSyncExternalStore(
    useCallback((changed) => feed?.subscribe(changed) ?? (() => {}), [feed]),
    () => select(feed?.status ?? NOWHERE),
    () => select(NOWHERE),
  );
}
