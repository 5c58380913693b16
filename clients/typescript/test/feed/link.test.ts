import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { scriptedFeed } from "../../src/testing.js";
import { page, pass } from "./harness.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("tries with fresh hope when it is told to", async () => {
  const { server, feed } = page();
  server.refuse(50, 1011);
  await pass(60_000);
  feed.reconnect();
  await pass();

  expect(feed.status.retryAt! - Date.now()).toBe(500);
});

it("keeps a slot of feed.drain for one wait only", async () => {
  const { server, feed } = page();
  await pass();
  server.send({ event: "feed.drain", data: { retry_after_ms: 7_777 } });
  server.close();
  await pass(7_777);
  server.close();

  expect(feed.status.retryAt! - Date.now()).toBe(1_000);
});

it("never makes a wait longer by good news", async () => {
  const { server, feed, window } = page();
  await pass();
  server.refuse(9, 1011);
  server.close(1011);
  await pass(450);
  const { retryAt } = feed.status;
  window.dispatchEvent(new Event("online"));

  expect(feed.status.retryAt).toBe(retryAt);
});

it("asks for a socket and a stream in turn while neither can be had", async () => {
  const server = scriptedFeed();
  server.block(true);
  const kinds: string[] = [];
  const Blocked = server.WebSocket;
  class Socket extends Blocked {
    constructor(url: string, protocol: string) {
      super(url, protocol);
      kinds.push("socket");
    }
  }
  page({
    WebSocket: Socket,
    async fetch() {
      kinds.push("stream");
      throw new TypeError("no network");
    },
  });
  await pass(120_000);

  expect(kinds.slice(0, 7)).toEqual(["socket", "socket", "stream", "socket", "stream", "socket", "stream"]);
});

it("counts failed upgrades in a row alone, and only those of sockets that were never ready", async () => {
  const { server, feed } = page();
  await pass();
  for (let count = 0; count < 4; count += 1) {
    server.close();
    server.refuse(1);
    await pass(40_000);
  }

  expect(feed.status).toMatchObject({ state: "live", transport: "websocket" });
});

it("falls back for a silent handshake too, not for refusals that a socket brought", async () => {
  const refused = page();
  refused.server.refuse(5, 1011);
  const silent = page();
  silent.server.mute(true);
  await pass(21_000);
  silent.server.mute(false);
  await pass(40_000);

  expect(refused.feed.status.transport).toBe("websocket");
  expect(silent.feed.status.state).toBe("live");
});

it("falls back where the browser lets the page make no socket", async () => {
  class Forbidden {
    constructor() {
      throw new DOMException("The operation is insecure.", "SecurityError");
    }
  }
  const { feed } = page({ WebSocket: Forbidden as unknown as typeof WebSocket });
  await pass(10_000);

  expect(feed.status).toMatchObject({ state: "live", transport: "stream" });
});

it("looks for the way back soon after each loss of sockets", async () => {
  const server = scriptedFeed();
  const { feed } = page({}, server);
  for (let count = 0; count < 3; count += 1) {
    server.block(true);
    server.close();
    await pass(count === 0 ? 2_000 : 4_000);
    const fallen = feed.status.transport;
    server.block(false);
    await pass(15_000);

    expect([fallen, feed.status.transport]).toEqual(["stream", "websocket"]);
  }
});

it("ends a stream without heartbeats after two intervals", async () => {
  const { server, feed, states } = page({ WebSocket: null });
  await pass();
  server.mute(true);
  await pass(60_000);
  const before = feed.status.state;
  await pass(30_000);

  expect(before).toBe("live");
  expect(states).toContain("resuming");
});

it("asks soon after the machine has slept", async () => {
  let asleepMs = 0;
  const timers = { setTimeout, clearTimeout, now: () => Date.now() + asleepMs };
  const { server, feed } = page({ timers });
  await pass(45_000);
  server.mute(true);
  asleepMs = 3_600_000;
  await pass(15_000 + 5_000);

  expect(feed.status.state).not.toBe("live");
});

it("goes by the server's heartbeat and window", async () => {
  const { server, feed } = page({}, scriptedFeed({ heartbeatS: 4, windowMs: 8_000 }));
  await pass();
  server.mute(true);
  await pass(8_000);

  expect(feed.status.reason).toMatchObject({ message: "silent" });
  expect(feed.status.retryAt! - Date.now()).toBe(4_000);
});

it("takes unlogged frames from one connection while it changes the transport", async () => {
  const server = scriptedFeed();
  server.block(true);
  const { feed } = page({}, server);
  const heard: string[] = [];
  feed.on("maintenance_announced", ({ event }) => heard.push(event));
  await pass(2_600);
  server.block(false);
  server.send({ event: "maintenance_announced" });
  await pass(2_000);
  server.send({ event: "maintenance_announced" });
  await pass();

  expect(feed.status.transport).toBe("websocket");
  expect(heard).toHaveLength(2);
});

it("renews only the connection that asked", async () => {
  let give = (_: string) => {};
  const { server } = page({ renew: () => new Promise<string>((resolve) => (give = resolve)) });
  await pass();
  server.send({ event: "feed.expiring", data: { in_s: 60 } });
  server.close();
  await pass(5_000);
  give("late");
  await pass();

  expect(server.received).toEqual([]);
  expect(server.connections).toBe(1);
});

it("opens nothing by a ticket that comes when it is stopped, and tells the asker", async () => {
  let signal: AbortSignal | undefined;
  let give = (_: string) => {};
  const { server, feed } = page({
    ticket(aborted) {
      signal = aborted;
      return new Promise((resolve) => (give = resolve));
    },
  });
  await pass();
  feed.close();
  give("late");
  await pass(1_000);

  expect(signal?.aborted).toBe(true);
  expect([server.opened, vi.getTimerCount()]).toEqual([[], 0]);
});

it("gives an attempt up when the network goes, and tries in half a minute in any case", async () => {
  const { server, feed, window } = page({ ticket: () => new Promise(() => {}) });
  await pass();
  window.navigator.onLine = false;
  window.dispatchEvent(new Event("offline"));

  expect(feed.status).toMatchObject({ state: "offline", retryAt: Date.now() + 30_000 });
  expect(server.opened).toEqual([]);
});

it("waits at least a little where the server's window is none", async () => {
  const { server, feed } = page({}, scriptedFeed({ windowMs: 0 }));
  await pass();
  server.close(1011);

  expect(feed.status.retryAt! - Date.now()).toBe(50);
});

it("opens nothing when it is closed while the store is read, or while the page is put aside", async () => {
  const store = { get: () => new Promise<string>((done) => setTimeout(() => done("e1:0-0"), 100)), set() {} };
  const closed = page({ cursorStore: store });
  const aside = page({ cursorStore: store });
  closed.feed.close();
  aside.window.dispatchEvent(new Event("pagehide"));
  await pass(1_000);

  expect([closed.server.opened, aside.server.opened]).toEqual([[], []]);
});

it("registers a handler as often as it is asked to", async () => {
  const { server, feed } = page();
  let calls = 0;
  const handler = () => void (calls += 1);
  feed.on("class_created", handler);
  feed.on("class_created", handler)();
  await pass();
  server.notify("class_created");
  await pass();

  expect(calls).toBe(1);
});

it("sends no mark after its end", async () => {
  const { feed } = page();
  await pass();
  feed.seen("e1:1-0");
  feed.close();

  expect(vi.getTimerCount()).toBe(0);
});

it("leaves no timer behind a ticket that never comes", async () => {
  const { feed } = page({ ticket: () => new Promise(() => {}) });
  await pass();
  feed.close();
  await pass();

  expect(vi.getTimerCount()).toBe(0);
});

it("forgets its failures when it is started again", async () => {
  const { server, feed } = page();
  server.refuse(50, 1011);
  await pass(60_000);
  feed.close();
  feed.reconnect();
  await pass();

  expect(feed.status.retryAt! - Date.now()).toBe(500);
});
