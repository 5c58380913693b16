// The feed of a page: one connection for all tabs of a user, frames in order to the page's handlers, and the position
// kept behind what they have processed. docs/feed.md describes what travels.
import type { CursorStore } from "./cursor_store.js";
import { storedCursor } from "./cursor_store.js";
import type { Environment, Eventful } from "./environment.js";
import { attempt, debugLog, surroundings } from "./environment.js";
import type {
  AnyFrame, ControlEvent, ControlFacts, ControlFrame, Cursor, DirectMessage, Notification, NotificationType,
  PayloadOf,
} from "../generated/frames.js";
import type { Handler, HandlerFailure } from "./inbox.js";
import { createInbox } from "./inbox.js";
import type { LinkState } from "./link.js";
import { createLink } from "./link.js";
import type { Ending } from "./protocol.js";
import type { Role, Tabs, Word } from "./tabs.js";
import { joinTabs, sendable } from "./tabs.js";
import { createTimeline, type Step } from "./timeline.js";

export type FeedState = LinkState;

/** What the feed is doing and will do next; a new object at each change. */
export interface FeedStatus {
  /**
   * `connecting` at first; `live`; `resuming` after a loss, from the last position; `offline` without a network;
   * `refused` until the user logs in (`retryAt` is null then) or, at a limit, for a minute or two; `stopped`.
   */
  readonly state: FeedState;
  /** `tab` is the connection of another tab. */
  readonly transport: "websocket" | "stream" | "tab" | null;
  /** When it tries again, in milliseconds since the epoch; null while nothing is planned. */
  readonly retryAt: number | null;
  /** Why the last connection or attempt ended; null while live. */
  readonly reason: Ending | null;
  /** Notifications after the user's seen-mark; null until `unread` was given or the mark has moved. */
  readonly unread: number | null;
}

/** Notifications that will not come. */
export type Lost =
  /** Those after `from`, up to and including `to`, are no longer kept. */
  | ({ readonly kind: "gap" } & ControlFacts["feed.gap"])
  /** The history is another one: discard what is shown. */
  | { readonly kind: "reset"; readonly cursor: Cursor };

export interface FeedOptions extends Environment {
  /** Where the feed is: `https://feed.example`, or with its path `/ws`. */
  readonly baseUrl: string;
  /**
   * Returns a fresh ticket (`POST /v1/ws/tickets`). An error with `status` 401 waits for the login as `refused`, and
   * its `retryAfterMs` is kept to; `EdgeError` has both. `signal` aborts after 30 s.
   */
  ticket(signal: AbortSignal): Promise<string | { readonly ticket: string }>;
  /**
   * Reloads what the page shows, since notifications are lost. Return the `cursor` of the first page that was loaded
   * and the feed continues behind it; without one it continues where it is.
   */
  onLost(lost: Lost): Cursor | void | Promise<Cursor | void>;
  /** Refreshes the access token and returns it; without it the connection ends with its token and is resumed. */
  renew?(): Promise<string>;
  /** The user's id: tabs of the same user share one connection and one kept cursor. */
  readonly user?: string;
  /** Where to begin: the `cursor` of the first page, if the page has loaded it. It precedes the kept cursor. */
  readonly cursor?: Cursor | undefined;
  /** Keeps the cursor between visits; with `user` it is `localStorage`, else nothing is kept. */
  readonly cursorStore?: CursorStore;
  /** The `unread` of the first page. */
  readonly unread?: number | undefined;
  /** Sets the seen-mark by REST (`POST /v1/notifications/seen`), where the connection is an event stream. */
  markSeen?(id: Cursor): Promise<unknown>;
  /** How often a frame is offered to a handler that throws; 5 by default. */
  readonly attempts?: number;
  /** Hears of each failure of a handler, of the cursor store and of `markSeen`; by default the console does. */
  onError?(error: unknown, failure?: HandlerFailure): void;
  /**
   * Decides about a frame whose handler failed each time: `skip` loses it knowingly; `stop`, which is the default,
   * stops the feed before it, so that `reconnect` or the next visit offers it again.
   */
  onDeadFrame?(frame: AnyFrame, error: unknown): "skip" | "stop" | Promise<"skip" | "stop">;
  /** Stops the feed when it is aborted. */
  readonly signal?: AbortSignal;
}

export interface Feed<Payloads = object> {
  readonly status: FeedStatus;
  /** Calls `listener` at each change of `status`, until the returned function is called. */
  subscribe(listener: (status: FeedStatus) => void): () => void;
  /** Handles a notification type, until the returned function is called. */
  on<Type extends NotificationType>(
    event: Type,
    handler: Handler<Notification<Type, PayloadOf<Payloads, Type>>>,
  ): () => void;
  /** Handles a frame of the feed itself, such as `feed.seen`. */
  on<Event extends ControlEvent>(event: Event, handler: Handler<ControlFrame<Event>>): () => void;
  /** Handles every notification and direct message. */
  on(event: "*", handler: Handler<Notification | DirectMessage>): () => void;
  /** Handles a type that is newer than this client, or a direct message. */
  on(event: string, handler: Handler<Notification | DirectMessage>): () => void;
  /** The user has seen everything up to `id`, or up to the last notification that was processed. */
  seen(id?: Cursor): void;
  /** Sets `status.unread`, to the `unread` of a page that was loaded. */
  setUnread(unread: number): void;
  /** Tries at once: the user asked for it, has logged in, or starts a feed again that had stopped. */
  reconnect(): void;
  /** Stops for good or until `reconnect`. */
  close(): void;
}

const ATTEMPTS = 5;
const SEEN_EACH_MS = 1_000;

/** Makes a feed and starts it; handlers that are registered in the same task miss nothing. */
export function createFeed<Payloads = object>(options: FeedOptions): Feed<Payloads> {
  const env = surroundings(options);
  const log = debugLog(env);
  const name = options.user === undefined ? undefined : `huleedu:feed:${options.user}`;
  const store = options.cursorStore ?? (name && env.storage ? storedCursor(env.storage, name) : undefined);
  const timeline = createTimeline();
  const handlers = new Map<string, Set<Handler<never>>>();
  const listeners = new Set<(status: FeedStatus) => void>();
  let status: FeedStatus = {
    state: "connecting", transport: null, retryAt: null, reason: null, unread: options.unread ?? null,
  };
  let running = false, hidden = false, life = 0;
  let role: Role | "alone" = "alone";
  let tabs: Tabs | undefined;
  let kept = options.cursor ?? "";
  let jump: Cursor | void;
  let seenId: Cursor | undefined;
  let seenMoved = false;
  let cancelSeen: (() => void) | undefined;

  const lost: Handler<never> = async (frame: ControlFrame<"feed.gap"> | ControlFrame<"feed.ready">) => {
    const { data } = frame;
    const what: Lost = "from" in data ? { kind: "gap", ...data } : { kind: "reset", cursor: data.cursor };
    log("lost", what);
    jump = await options.onLost(what);
  };

  const link = createLink({
    env, log,
    url: new URL(options.baseUrl, attempt(() => location.href)).href,
    async ticket(signal) {
      const given = await options.ticket(signal);
      return typeof given === "string" ? given : given.ticket;
    },
    renew: options.renew && (() => options.renew!()),
    host: {
      position: () => timeline.position,
      step: take,
      loose(frame) {
        if (role === "catching-up") return;
        inbox.push(frame);
        relay({ type: "loose", frame });
      },
      status: show,
    },
  });

  const inbox = createInbox(env, log, options.attempts ?? ATTEMPTS, {
    handlers(frame) {
      const found = [...(handlers.get(frame.event) ?? [])];
      if (frame.event === "feed.gap" || (frame.event === "feed.ready" && outcome(frame) === "reset")) found.unshift(lost);
      if (!frame.event.startsWith("feed.")) found.push(...(handlers.get("*") ?? []));
      return found;
    },
    failed: report,
    async dead(frame, error) {
      try {
        return await options.onDeadFrame?.(frame, error);
      } catch (failure) {
        report(failure);
      }
      return "stop";
    },
    async done(frame, cursor) {
      if (frame.event === "feed.seen") setUnread((frame.data as ControlFacts["feed.seen"]).unread);
      else if (frame.id && status.unread !== null) setUnread(status.unread + 1);
      const behind = jump || cursor;
      if (jump) {
        inbox.drop();
        timeline.begin(jump);
        jump = undefined;
        link.restart();
        tabs?.greet();
      }
      if (behind) await keep(behind);
    },
    stop(error) {
      stop({ code: 0, message: "dead_frame", error });
    },
  });

  const { page } = env;
  const events: readonly (readonly [Eventful | undefined, string, () => void])[] = [
    [page, "online", wake],
    [page, "pageshow", wake],
    [page, "offline", () => link.lose()],
    [page, "pagehide", sleep],
    [page?.document, "visibilitychange", () => page?.document?.visibilityState !== "hidden" && wake()],
    [page?.document, "resume", wake],
    [page?.document, "freeze", sleep],
  ];

  options.signal?.addEventListener("abort", () => stop());
  if (!options.signal?.aborted) start();
  else status = { ...status, state: "stopped" };

  return {
    get status() {
      return status;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    on(event: string, handler: Handler<never>) {
      const own: Handler<never> = (frame, offer) => handler(frame, offer);
      if (!handlers.has(event)) handlers.set(event, new Set());
      handlers.get(event)!.add(own);
      return () => handlers.get(event)?.delete(own);
    },
    seen(id) {
      seenId = id ?? (kept || undefined);
      seenMoved = true;
      cancelSeen ??= env.after(0, pushSeen);
    },
    setUnread,
    reconnect() {
      if (!running) start();
      else if (role === "follower") tabs?.tell({ type: "reconnect" });
      else link.reconnect();
    },
    close: () => stop(),
  };

  function start(): void {
    if (options.signal?.aborted) return;
    running = true;
    jump = undefined;
    const mine = (life += 1);
    for (const [source, event, react] of events) source?.addEventListener(event, react);
    tell({ state: "connecting", transport: null, retryAt: null, reason: null });
    void begin(mine);
  }

  async function begin(mine: number): Promise<void> {
    try {
      kept ||= (await store?.get()) ?? "";
    } catch (error) {
      report(error);
    }
    await undefined;
    if (mine !== life) return;
    timeline.begin(kept);
    if (!hidden) connect();
  }

  function connect(): void {
    role = "alone";
    if (name) tabs = joinTabs(env, log, `${name}@v1@${options.baseUrl}`, {
      position: () => timeline.position,
      status: () => link.status,
      after: timeline.after,
      begin: timeline.begin,
      take,
      relayed: (frame) => followsAnother() && inbox.push(frame),
      leaderStatus(next) {
        if (!followsAnother()) return;
        show({ ...next, transport: next.transport && "tab" });
      },
      role(next) {
        role = next;
        if (role === "follower") link.stop();
        else link.start();
        if (role === "leader" && kept) void keep(kept);
        if (role !== "follower") show(link.status);
        if (role === "leader") sendSeen();
      },
      seen: sendMark,
      reconnect: link.reconnect,
      overdue: link.overdue,
    });
    if (tabs) role = "follower";
    else link.start();
  }

  function disconnect(): void {
    role = "alone";
    tabs?.leave();
    tabs = undefined;
    link.stop();
  }

  function stop(reason: Ending | null = null): void {
    if (!running) return;
    running = hidden = false;
    life += 1;
    for (const [source, event, react] of events) source?.removeEventListener(event, react);
    disconnect();
    inbox.clear();
    cancelSeen?.();
    cancelSeen = undefined;
    tell({ state: "stopped", transport: null, retryAt: null, reason });
  }

  /** The page is put aside: another tab has to lead, and the socket would be dead when the page comes back. */
  function sleep(): void {
    if (hidden) return;
    hidden = true;
    disconnect();
  }

  function wake(): void {
    if (hidden) {
      hidden = false;
      connect();
    }
    link.hurry();
    tabs?.greet();
  }

  function followsAnother(): boolean {
    return role === "follower" || role === "catching-up";
  }

  function relay(word: Word): void {
    if (role === "leader") tabs?.tell(word);
  }

  /** Shows what the connection that this tab uses is doing, and tells it of the seen-mark once it is live. */
  function show(next: Pick<FeedStatus, "state" | "transport" | "retryAt" | "reason">): void {
    if (role === "catching-up" && next === link.status) return;
    const becomesLive = next.state === "live" && status.state !== "live";
    tell(next);
    relay({ type: "status", status: sendable(link.status) });
    if (becomesLive) sendSeen();
  }

  function tell(next: Partial<FeedStatus>): void {
    status = { ...status, ...next };
    log("status", status);
    for (const listener of [...listeners]) {
      try {
        listener(status);
      } catch (error) {
        report(error);
      }
    }
  }

  function take(step: Step): "new" | "known" | "apart" {
    const verdict = timeline.take(step);
    if (verdict === "new") {
      log("frame", { event: step.frame.event, cursor: step.next });
      inbox.push(step.frame, step.next);
      relay({ type: "step", step });
    }
    return verdict;
  }

  async function keep(cursor: Cursor): Promise<void> {
    kept = cursor;
    if (followsAnother()) return;
    try {
      await store?.set(cursor);
    } catch (error) {
      report(error);
    }
  }

  function report(error: unknown, failure?: HandlerFailure): void {
    if (options.onError) options.onError(error, failure);
    else console.error("[huleedu:feed]", error, failure);
  }

  function setUnread(unread: number): void {
    if (unread !== status.unread) tell({ unread });
  }

  /** Sends the mark once a second at most: the feed counts messages. A mark never moves back, so repeats do no harm. */
  function pushSeen(): void {
    cancelSeen = seenMoved ? env.after(SEEN_EACH_MS, pushSeen) : undefined;
    if (seenMoved) sendSeen();
    seenMoved = false;
  }

  function sendSeen(): void {
    if (seenId === undefined) return;
    if (role === "follower") tabs?.tell({ type: "seen", id: seenId });
    else sendMark(seenId);
  }

  function sendMark(id: Cursor): void {
    if (link.send({ type: "seen", id }) || !options.markSeen) return;
    options.markSeen(id).catch((error: unknown) => report(error));
  }
}

function outcome(frame: AnyFrame): string {
  return (frame.data as ControlFacts["feed.ready"]).outcome;
}
