// One tab's own connection to the feed: tickets, attempts, waits, liveness, renewal, and the choice of transport. It
// hands over what arrives and never stops trying by itself; only the login waits for the user.
import type { Log, Surroundings } from "./environment.js";
import type { AnyFrame, ControlFrame, Notification } from "../generated/frames.js";
import type { Ending } from "./protocol.js";
import { isSlot, needsLogin, NETWORK_LOST, readFrame, ticketEnding, waitMs } from "./protocol.js";
import type { Step } from "./timeline.js";
import type { OpenTransport, Transport } from "./transports.js";
import { openSocket, openStream } from "./transports.js";

export type LinkState = "connecting" | "live" | "resuming" | "offline" | "refused" | "stopped";

/** What a link is doing and will do next. */
export interface LinkStatus {
  readonly state: LinkState;
  readonly transport: "websocket" | "stream" | null;
  /** When it tries again, in milliseconds since the epoch; null while it is trying, or waits for the user. */
  readonly retryAt: number | null;
  /** Why the last connection or attempt ended. */
  readonly reason: Ending | null;
}

export interface LinkHost {
  /** The cursor to continue from. */
  position(): string;
  step(step: Step): void;
  /** Takes a frame that moves no position. */
  loose(frame: AnyFrame): void;
  status(status: LinkStatus): void;
}

export interface LinkOptions {
  readonly env: Surroundings;
  readonly log: Log;
  readonly host: LinkHost;
  readonly url: string;
  ticket(signal: AbortSignal): Promise<string>;
  renew: (() => Promise<string>) | undefined;
}

export interface Link {
  readonly status: LinkStatus;
  start(): void;
  stop(): void;
  /** Connects anew, since the position was moved. */
  restart(): void;
  /** Attempts now: the user asked, or has logged in. */
  reconnect(): void;
  /** Something changed for the better: shortens a wait that isn't a slot, or tests a connection that is open. */
  hurry(): void;
  /** Makes the attempt whose time has come, should its timer be late. */
  overdue(): void;
  /** The browser has lost its network. */
  lose(): void;
  /** Sends a message; false where that can't be done. */
  send(message: object): boolean;
}

interface Connection {
  send(message: object): boolean;
  test(): void;
  close(): void;
}

const TICKET_WITHIN_MS = 30_000;
const FIRST_FRAME_WITHIN_MS = 10_000;
const TEST_WITHIN_MS = 5_000;
const OFFLINE_WAIT_MS = 30_000;
const LASTED_MS = 10_000;
const FAILED_UPGRADES = 2;
const STOPPED: LinkStatus = { state: "stopped", transport: null, retryAt: null, reason: null };
const SILENT: Ending = { ...NETWORK_LOST, message: "silent" };
const FIRST_PROBE_MS = 2_000;
const LONGEST_PROBE_MS = 1_800_000;

export function createLink({ env, log, host, url, ticket, renew }: LinkOptions): Link {
  let running = false, wasLive = false;
  let failures = 0, windowMs = 1000, failedUpgrades = 0, probeMs = FIRST_PROBE_MS;
  let slot: number | undefined;
  let liveSince = Infinity;
  let trying: AbortController | undefined;
  let current: Connection | undefined, candidate: Connection | undefined;
  let status = STOPPED;
  let cancelWait = () => {}, cancelProbe = () => {};

  return {
    get status() {
      return status;
    },
    start() {
      if (running) return;
      running = true;
      failures = 0;
      void attempt();
    },
    stop() {
      running = wasLive = false;
      release();
      status = STOPPED;
    },
    restart() {
      if (running) void attempt();
    },
    reconnect() {
      if (!running || trying || status.state === "live") return;
      failures = 0;
      void attempt();
    },
    hurry() {
      if (!running) return;
      if (current) return current.test();
      if (trying || (status.reason && isSlot(status.reason))) return;
      const soon = env.now() + env.random() * windowMs;
      if (status.retryAt === null || soon < status.retryAt) wait(soon, status);
    },
    overdue() {
      if (status.retryAt !== null && env.now() >= status.retryAt) void attempt();
    },
    lose() {
      if (running && (current || trying)) ended(NETWORK_LOST);
    },
    send: (message) => (status.state === "live" && current?.send(message)) || false,
  };

  function tell(next: LinkStatus): void {
    status = next;
    host.status(next);
  }

  function release(): void {
    cancelWait();
    cancelProbe();
    trying?.abort();
    current?.close();
    candidate?.close();
    trying = current = candidate = undefined;
  }

  /** Gets a ticket and opens a connection, beside the present one if it `probes` for the way back to sockets. */
  async function attempt(probes = false): Promise<void> {
    const mine = new AbortController();
    if (!probes) {
      release();
      liveSince = Infinity;
      slot = undefined;
      tell({ ...status, state: wasLive ? "resuming" : "connecting", transport: null, retryAt: null });
    }
    trying = mine;
    const fail = (end: Ending) => {
      if (trying === mine) trying = undefined;
      if (probes) probeLater(end);
      else ended(end);
    };
    let secret: string;
    try {
      secret = await within(mine, ticket(mine.signal));
    } catch (error) {
      if (trying === mine) fail(ticketEnding(error));
      return;
    }
    if (trying !== mine) return;
    trying = undefined;
    const byStream = !probes && env.fetch && (!env.WebSocket || failedUpgrades >= FAILED_UPGRADES);
    const kind = byStream ? "stream" : "websocket";
    log("open", { transport: kind, cursor: host.position(), probes });
    try {
      const open = byStream ? openStream(env.fetch!) : openSocket(env.WebSocket!);
      const connection = connect(kind, open, secret, fail);
      if (probes) candidate = connection;
      else current = connection;
    } catch (error) {
      if (!byStream) failedUpgrades += 1; // WebKit throws where the page's policy forbids sockets
      fail({ ...NETWORK_LOST, error });
    }
  }

  function within(mine: AbortController, work: Promise<string>): Promise<string> {
    return new Promise<string>((resolve, reject) => {
      const cancel = env.after(TICKET_WITHIN_MS, () => {
        reject(new Error("no ticket in time"));
        mine.abort();
      });
      mine.signal.addEventListener("abort", cancel);
      mine.signal.addEventListener("abort", reject);
      work.then(resolve, reject).finally(cancel);
    });
  }

  function ended(end: Ending): void {
    const now = env.now();
    const { transport, state } = status;
    release();
    if (!running) return;
    if (now - liveSince > LASTED_MS) failures = 0;
    const told = end.retryAfterMs === undefined && slot !== undefined ? { ...end, retryAfterMs: slot } : end;
    log("ended", { ...told, failures, transport, state });
    const next = { transport: null, reason: told } as const;
    if (needsLogin(told)) return tell({ ...next, state: "refused", retryAt: null });
    if (env.page?.navigator?.onLine === false) return wait(now + OFFLINE_WAIT_MS, { ...next, state: "offline" });
    const retryAt = now + waitMs(told, failures++, windowMs, env.random);
    const refused = isSlot(told) && told.retryAfterMs === undefined;
    wait(retryAt, { ...next, state: refused ? "refused" : wasLive ? "resuming" : "connecting" });
  }

  function wait(until: number, next: Omit<LinkStatus, "retryAt">): void {
    cancelWait();
    tell({ ...next, retryAt: until });
    cancelWait = env.after(Math.max(0, until - env.now()), () => void attempt());
  }

  function probeLater(end: Ending): void {
    candidate?.close();
    candidate = undefined;
    log("probe", { ...end, nextInMs: probeMs });
    cancelProbe = env.after(probeMs, () => void attempt(true));
    probeMs = Math.min(Math.max(probeMs * 2, 60_000), LONGEST_PROBE_MS);
  }

  /** Opens one connection and follows it until it ends; what arrives counts as soon as `feed.ready` has come. */
  function connect(kind: "websocket" | "stream", open: OpenTransport, secret: string, fail: (end: Ending) => void): Connection {
    let place = host.position();
    let ready = false, heard = 0, asked = 0, beatMs = 0;
    const query = `?ticket=${encodeURIComponent(secret)}&cursor=${encodeURIComponent(place)}`;
    const path = kind === "stream" ? "/events" : "/ws";
    const transport: Transport = open(url.replace(/(\/ws)?\/*$/, path) + query, {
      alive: () => void (heard = env.now()),
      text(text) {
        heard = env.now();
        const frame = readFrame(text);
        if (frame) take(frame, text.length);
      },
      ended: end,
    });
    let cancelBeat = env.after(FIRST_FRAME_WITHIN_MS, () => end(SILENT));
    const self: Connection = {
      send(message) {
        transport.send?.(JSON.stringify(message));
        return transport.send !== undefined;
      },
      test() {
        if (ready) ask(TEST_WITHIN_MS);
      },
      close() {
        cancelBeat();
        transport.close();
      },
    };
    return self;

    function end(ending: Ending): void {
      self.close();
      if (kind === "stream") failedUpgrades = ready ? failedUpgrades : FAILED_UPGRADES - 1;
      else if (!ready && ending.code === NETWORK_LOST.code) failedUpgrades += 1;
      if (self === current) ended(ending);
      else fail(ending);
    }

    function take(frame: AnyFrame, size: number): void {
      if (is(frame, "feed.ready")) becomeReady(frame, size);
      else if (is(frame, "feed.gap")) step({ prev: place, next: frame.data.to, frame, size });
      else if (frame.id) step({ prev: place, next: frame.id, frame: frame as Notification, size });
      else if (self === current && frame.event !== "feed.pong") {
        if (is(frame, "feed.drain")) slot = frame.data.retry_after_ms;
        if (is(frame, "feed.expiring")) renewToken();
        host.loose(frame);
      }
    }

    function step(made: Step): void {
      place = made.next;
      host.step(made);
    }

    function becomeReady(frame: ControlFrame<"feed.ready">, size: number): void {
      const { cursor, outcome, heartbeat_s, retry_after_ms } = frame.data;
      if (!ready) {
        ready = true;
        windowMs = retry_after_ms ?? windowMs;
        beatMs = (heartbeat_s ?? 30) * 1000;
        ask(beatMs);
        if (candidate === self) {
          current?.close();
          current = self;
          candidate = undefined;
        }
        wasLive = true;
        liveSince = env.now();
        cancelProbe();
        if (kind === "websocket") {
          failedUpgrades = 0;
          probeMs = FIRST_PROBE_MS;
        } else if (env.WebSocket) probeLater({ code: 0 });
        tell({ state: "live", transport: kind, retryAt: null, reason: null });
      }
      // After a gap `cursor` is already behind it: the place moves with `feed.gap`, once that was dealt with.
      if (outcome === "reset" || (outcome !== "gap" && cursor !== place)) step({ prev: place, next: cursor, frame, size });
      else host.loose(frame);
    }

    /** Looks for signs of life; a socket is pinged, a stream has heartbeats of its own. */
    function beat(withinMs: number): void {
      if (transport.send ? heard < asked : env.now() - heard > 2 * beatMs) end(SILENT);
      else ask(withinMs);
    }

    function ask(withinMs: number): void {
      const now = env.now();
      cancelBeat();
      if (self.send({ type: "ping" })) asked = now;
      // A timer that comes very late was asleep with the machine: then the answer has to come soon.
      cancelBeat = env.after(withinMs, () => beat(env.now() - now > 2 * withinMs ? TEST_WITHIN_MS : beatMs));
    }

    function renewToken(): void {
      if (!renew) return;
      renew().then(
        (token) => {
          if (self === current && !self.send({ type: "auth", token })) end({ code: 4408, message: "renewal" });
        },
        (error: unknown) => log("renewal failed", { error }),
      );
    }
  }
}

function is<Event extends "feed.ready" | "feed.gap" | "feed.drain" | "feed.expiring">(
  frame: AnyFrame,
  event: Event,
): frame is ControlFrame<Event> {
  return frame.event === event;
}
