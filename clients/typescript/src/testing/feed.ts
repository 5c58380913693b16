// A scripted feed for the dashboard's own tests: the real client talks to it, and no network is used. It keeps a log
// as the edge does, so that cursors, gaps and resets are true.
import type { Socket } from "../feed/environment.js";
import type { AnyFrame, Notification, NotificationFacts, NotificationType } from "../generated/frames.js";

/** How a scripted feed behaves. */
export interface ScriptOptions {
  /** The `heartbeat_s` of `feed.ready`; 30 by default. */
  readonly heartbeatS?: number;
  /** The `retry_after_ms` of `feed.ready`; 1000 by default. */
  readonly windowMs?: number;
}

/** What a client sent. */
export interface ClientMessage {
  readonly type: string;
  readonly [member: string]: unknown;
}

export interface ScriptedFeed {
  /** To be given to `createFeed`, with `baseUrl: "https://feed.test"`. */
  readonly WebSocket: new (url: string, protocol: string) => Socket;
  /** To be given to `createFeed`: answers event streams. */
  readonly fetch: typeof fetch;
  /** To be given to `createFeed`. */
  ticket(): Promise<string>;
  /** Everything that clients have sent but their pings. */
  readonly received: readonly ClientMessage[];
  /** The cursor with which each connection was opened, in order. */
  readonly opened: readonly string[];
  /** How many connections are open. */
  readonly connections: number;
  /** Appends a notification and delivers it; returns its frame. */
  notify(event: NotificationType | (string & {}), data?: Partial<NotificationFacts> & Record<string, unknown>): Notification;
  /** Delivers a frame that isn't logged: a direct message, or a control frame such as `feed.seen`. */
  send(frame: { readonly event: string; readonly data?: unknown }): void;
  /** Forgets all but the newest `count` notifications: whoever has missed older ones gets a gap. */
  keep(count: number): void;
  /** Begins another history; open connections are told so. */
  reset(): void;
  /** Closes every connection, by a close code and reason, or without a word. */
  close(code?: number, reason?: object): void;
  /** Refuses the next connections: by a close code after the handshake, or by no handshake at all. */
  refuse(times: number, code?: number, reason?: object): void;
  /** Refuses every WebSocket, as a proxy does that doesn't know them, or no longer. */
  block(blocked: boolean): void;
  /** Answers nothing any more on the connections that are open, or again. */
  mute(muted: boolean): void;
}

interface Peer {
  send(frame: object): void;
  end(code: number, reason?: object): void;
}

const FACTS: NotificationFacts = {
  category: "batch_progress",
  priority: "standard",
  action_required: false,
  deadline: null,
  batch_id: null,
  class_id: null,
  correlation_id: "6f0d1f64-3c1c-4f5e-9a0e-0f5b0c0d7a11",
  timestamp: "2026-01-31T08:15:30Z",
};
const PONG = { event: "feed.pong", type: "pong", data: {} };

/** Makes a feed without notifications. */
export function scriptedFeed({ heartbeatS = 30, windowMs = 1000 }: ScriptOptions = {}): ScriptedFeed {
  let epoch = 1, last = 0, floor = 0, tickets = 0;
  let log: { place: number; frame: Notification }[] = [];
  let refusals: { code: number | undefined; reason: object | undefined }[] = [];
  let blocked = false, muted = false;
  const peers = new Set<Peer>();
  const received: ClientMessage[] = [];
  const opened: string[] = [];
  const cursor = (place: number) => `e${epoch}:${place}-0`;

  function welcome(peer: Peer, url: string): void {
    const asked = new URL(url).searchParams.get("cursor") ?? "";
    opened.push(asked);
    const refusal = refusals.shift();
    if (refusal) return peer.end(refusal.code ?? 1006, refusal.reason);
    const [, age, place] = /^e(\d+):(\d+)-0$/.exec(asked) ?? [];
    const [outcome, from] =
      asked === "" ? (["live", last] as const)
      : Number(age) !== epoch || Number(place) > last ? (["reset", Number(age) === epoch ? last : floor] as const)
      : Number(place) < floor ? (["gap", floor] as const)
      : (["resumed", Number(place)] as const);
    const data = { cursor: cursor(from), outcome, heartbeat_s: heartbeatS, retry_after_ms: windowMs };
    peers.add(peer);
    peer.send({ event: "feed.ready", data });
    if (outcome === "gap") peer.send({ event: "feed.gap", data: { from: asked, to: cursor(floor) } });
    for (const entry of log) if (entry.place > from) peer.send(entry.frame);
  }

  class ScriptedSocket implements Socket {
    onopen: ((event: never) => void) | null = null;
    onmessage: ((event: never) => void) | null = null;
    onclose: ((event: never) => void) | null = null;
    onerror: ((event: never) => void) | null = null;
    readonly #peer: Peer;

    constructor(url: string) {
      this.#peer = {
        send: (frame) => muted || this.onmessage?.({ data: JSON.stringify(frame) } as never),
        end: (code, reason) => {
          peers.delete(this.#peer);
          this.onclose?.({ code, reason: reason ? JSON.stringify(reason) : "" } as never);
        },
      };
      queueMicrotask(() => {
        if (blocked) return this.#peer.end(1006);
        if (refusals[0]?.code !== undefined || !refusals.length) this.onopen?.({} as never);
        welcome(this.#peer, url);
      });
    }

    send(text: string): void {
      const message = JSON.parse(text) as ClientMessage;
      if (message.type !== "ping") received.push(message);
      else if (!muted) queueMicrotask(() => this.#peer.send(PONG));
    }

    close(): void {
      peers.delete(this.#peer);
    }
  }

  return {
    WebSocket: ScriptedSocket,
    received,
    opened,
    get connections() {
      return peers.size;
    },
    ticket: async () => `ticket-${(tickets += 1)}`,
    async fetch(url, init) {
      const encoder = new TextEncoder();
      let peer: Peer;
      const body = new ReadableStream<Uint8Array>({
        start(stream) {
          const heartbeat = setInterval(() => muted || stream.enqueue(encoder.encode(": heartbeat\n")), heartbeatS * 1000);
          const leave = () => {
            clearInterval(heartbeat);
            peers.delete(peer);
          };
          peer = {
            send: (frame) => muted || stream.enqueue(encoder.encode(`data: ${JSON.stringify(frame)}\n\n`)),
            end: (code) => {
              leave();
              if (code === 1006) stream.error(new TypeError("network lost"));
              else stream.close();
            },
          };
          init?.signal?.addEventListener("abort", leave);
          welcome(peer, String(url));
        },
      });
      return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
    },
    notify(event, data = {}) {
      last += 1;
      const frame = { event, data: { ...FACTS, ...data }, id: cursor(last) } as Notification;
      log.push({ place: last, frame });
      for (const peer of [...peers]) peer.send(frame);
      return frame;
    },
    send(frame) {
      for (const peer of [...peers]) peer.send(frame);
    },
    keep(count) {
      floor = Math.max(floor, last - count);
      log = log.filter(({ place }) => place > floor);
    },
    reset() {
      epoch += 1;
      last = floor = 0;
      log = [];
      const ready: AnyFrame = { event: "feed.ready", data: { cursor: cursor(0), outcome: "reset" } };
      for (const peer of [...peers]) peer.send(ready);
    },
    close(code = 1006, reason) {
      for (const peer of [...peers]) peer.end(code, reason);
    },
    refuse(times, code, reason) {
      refusals = Array.from({ length: times }, () => ({ code, reason }));
    },
    block(now) {
      blocked = now;
    },
    mute(now) {
      muted = now;
    },
  };
}
