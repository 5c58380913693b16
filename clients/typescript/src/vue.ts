// The feed in Vue components; Vue is an optional peer. A feed lives as long as the scope that made it: a component, a
// Pinia store, or the application.
import type { InjectionKey, Plugin, Ref, ShallowRef } from "vue";
import { computed, getCurrentScope, hasInjectionContext, inject, onScopeDispose, readonly, shallowRef } from "vue";

import type { Edge } from "./edge.js";
import type { Feed, FeedStatus, Handler } from "./feed/index.js";
import type { ControlEvent, ControlFrame, DirectMessage, Notification, NotificationType } from "./generated/frames.js";
import type { Batches, BatchesStore, BatchQuery, Store, Upload, UploadStore } from "./stores.js";
import { batchesStore, uploadStore } from "./stores.js";

const KEY: InjectionKey<Feed> = Symbol("huleedu:feed");

/** Gives every component and store of an application its feed: `app.use(feedPlugin(feed))`; nothing on a server. */
export function feedPlugin(feed: Feed | null): Plugin {
  return {
    install(app) {
      if (feed) app.provide(KEY, feed);
    },
  };
}

/** What `useFeed` returns. */
export interface FeedInUse {
  /** What the feed is doing; as before the first connection on a server. */
  readonly status: Readonly<ShallowRef<FeedStatus>>;
  /** Handles a notification type, until the scope ends or the returned function is called. */
  on<Type extends NotificationType>(event: Type, handler: Handler<Notification<Type>>): () => void;
  on<Event extends ControlEvent>(event: Event, handler: Handler<ControlFrame<Event>>): () => void;
  on(event: string, handler: Handler<Notification | DirectMessage>): () => void;
  reconnect(): void;
}

const NOWHERE: FeedStatus = { state: "connecting", transport: null, retryAt: null, reason: null, unread: null };

/** Uses the application's feed, or the given one; what it registers goes when the component or store does. */
export function useFeed(given?: Feed): FeedInUse {
  const feed = feedOf(given);
  const status = shallowRef(feed?.status ?? NOWHERE);
  whileInUse(feed?.subscribe((next) => (status.value = next)));
  return {
    status: readonly(status) as Readonly<ShallowRef<FeedStatus>>,
    on: (event: string, handler: Handler<never>) => whileInUse(feed?.on(event, handler as Handler<unknown>)),
    reconnect: () => feed?.reconnect(),
  };
}

/** Returns how many notifications the user hasn't seen (null while that isn't known), and how to mark all as seen. */
export function useUnread(given?: Feed): { readonly unread: Readonly<Ref<number | null>>; markSeen(): void } {
  const feed = feedOf(given);
  const { status } = useFeed(feed);
  return { unread: computed(() => status.value.unread), markSeen: () => feed?.seen() };
}

/** Shows a page of the user's batches, which is loaded again when the feed tells of one. */
export function useBatches(
  edge: Edge,
  query?: BatchQuery,
  given?: Feed,
): { readonly page: Readonly<ShallowRef<Batches>> } & Pick<BatchesStore, "reload"> {
  const store = batchesStore(edge, feedOf(given), query);
  return { page: whileShown(store), reload: store.reload };
}

/** Uploads essays and shows how far that is; the upload is cancelled with the component or store. */
export function useUpload(
  edge: Edge,
): { readonly progress: Readonly<ShallowRef<Upload>> } & Pick<UploadStore, "upload" | "cancel"> {
  const store = uploadStore(edge);
  return { progress: whileShown(store), upload: store.upload, cancel: store.cancel };
}

/** Follows a store, though not on a server. */
function whileShown<State>(store: Store<State>): Readonly<ShallowRef<State>> {
  const state = shallowRef(store.state);
  if (typeof document !== "undefined") {
    whileInUse(store.subscribe(() => (state.value = store.state)));
    state.value = store.state;
  }
  return state;
}

function feedOf(given: Feed | undefined): Feed | undefined {
  return given ?? (hasInjectionContext() ? inject(KEY, undefined) : undefined);
}

function whileInUse(end = () => {}): () => void {
  if (getCurrentScope()) onScopeDispose(end);
  return end;
}
