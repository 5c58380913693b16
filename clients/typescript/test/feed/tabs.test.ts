import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { FeedOptions } from "../../src/feed/index.js";
import { scriptedFeed } from "../../src/testing.js";
import { channels, locks, notedStore, page, pass } from "./harness.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A browser in which each call opens a tab of the same user. */
function browser(server = scriptedFeed()) {
  const shared = { locks: locks(), BroadcastChannel: channels(), user: "maria", random: undefined as never };
  const store = notedStore();
  const open = (given: Partial<FeedOptions> = {}) => {
    const tab = page({ ...shared, random: Math.random, cursorStore: store, ...given }, server);
    const ids: string[] = [];
    tab.feed.on("*", ({ id }) => void ids.push(id ?? "direct"));
    return { ...tab, ids };
  };
  return { server, store, open };
}

describe("tabs of one user", () => {
  it("share one connection, and each handles every frame", async () => {
    const { server, open, store } = browser();
    const tabs = [open(), open(), open()];
    await pass(100);
    server.notify("class_created");
    server.send({ event: "maintenance_announced" });
    const { id } = server.notify("batch_results_ready");
    await pass();

    expect(server.connections).toBe(1);
    expect(tabs.map(({ ids }) => ids)).toEqual(Array(3).fill(["e1:1-0", "direct", "e1:2-0"]));
    expect(tabs.map(({ feed }) => feed.status.transport).sort()).toEqual(["tab", "tab", "websocket"]);
    expect(store.kept).toBe(id);
  });

  it("hand over when the leader dies, with nothing lost or twice", async () => {
    const { server, open } = browser();
    const first = open();
    await pass(100);
    const [second, third] = [open(), open()];
    await pass(100);
    server.notify("phase_skipped");
    await pass();
    first.feed.close();
    server.notify("phase_skipped");
    await pass(6_000);
    server.notify("phase_skipped");
    await pass();

    expect(server.connections).toBe(1);
    expect([second.ids, third.ids]).toEqual(Array(2).fill(["e1:1-0", "e1:2-0", "e1:3-0"]));
    expect(second.feed.status.transport).toBe("websocket");
    expect(third.feed.status.transport).toBe("tab");
  });

  it("begin each where their page stands", async () => {
    const { server, open } = browser();
    for (let count = 0; count < 6; count += 1) server.notify("phase_skipped");
    const leader = open({ cursor: "e1:3-0" });
    await pass(100);
    const behind = open({ cursor: "e1:4-0" });
    const ahead = open({ cursor: "e1:6-0" });
    const older = open({ cursor: "e1:1-0" });
    await pass(10_000);
    server.notify("phase_skipped");
    await pass(5_000);

    const numbers = (ids: string[]) => ids.map((id) => id.slice(3, 4)).join("");
    expect([leader, behind, ahead, older].map(({ ids }) => numbers(ids))).toEqual(["4567", "567", "7", "234567"]);
    expect(server.connections).toBe(1);
  });

  it("handle at their own pace, and only the leader keeps the position", async () => {
    const { server, open, store } = browser();
    const leader = open();
    await pass(100);
    const follower = open();
    let faulty = true;
    leader.feed.on("class_created", () => {
      if (faulty) throw new Error("boom");
    });
    await pass(100);
    server.notify("class_created");
    await pass(1000);
    const before = store.kept;
    faulty = false;
    await pass(30_000);

    expect(before).toBe("e1:0-0");
    expect(follower.ids).toEqual(["e1:1-0"]);
    expect([leader.ids, store.kept]).toEqual([["e1:1-0"], "e1:1-0"]);
  });

  it("connect themselves while the leader hangs, and no longer once it answers", async () => {
    const { server, open } = browser();
    const Channel = channels();
    let hangs = false;
    class Hanging extends Channel {
      override postMessage(message: unknown): void {
        if (!hangs) super.postMessage(message);
      }
    }
    const leader = open({ BroadcastChannel: Hanging });
    await pass(100);
    const follower = open({ BroadcastChannel: Channel });
    await pass(100);
    hangs = true;
    server.notify("phase_skipped");
    await pass(40_000);
    const alone = [server.connections, follower.feed.status.transport];
    server.notify("phase_skipped");
    hangs = false;
    await pass(40_000);
    server.notify("phase_skipped");
    await pass();

    expect(alone).toEqual([2, "websocket"]);
    expect([server.connections, follower.feed.status.transport]).toEqual([1, "tab"]);
    expect([leader.ids, follower.ids]).toEqual(Array(2).fill(["e1:1-0", "e1:2-0", "e1:3-0"]));
  });

  it("mark as seen and ask for another try through the leader", async () => {
    const { server, open } = browser();
    open();
    await pass(100);
    const follower = open({ unread: 1 });
    await pass(100);
    follower.feed.seen("e1:1-0");
    await pass(100);
    server.send({ event: "feed.seen", data: { cursor: "e1:1-0", unread: 0 } });
    await pass();
    server.close(1011);
    follower.feed.reconnect();
    await pass();

    expect(server.received).toEqual([{ type: "seen", id: "e1:1-0" }, { type: "seen", id: "e1:1-0" }]);
    expect(follower.feed.status).toMatchObject({ unread: 0, state: "live" });
  });

  it("remind a leader whose timers sleep of its next attempt", async () => {
    const { server, open } = browser();
    const sleepy = { setTimeout: (run: () => void, ms: number) => setTimeout(run, ms < 100 ? ms : 3_600_000), clearTimeout };
    open({ timers: { ...sleepy, now: Date.now } });
    await pass(100);
    const follower = open();
    await pass(100);
    server.close(1012, { message: "restart", retry_after_ms: 2_000 });
    await pass(3_100);

    expect(follower.feed.status).toMatchObject({ state: "live", transport: "tab" });
    expect(server.connections).toBe(1);
  });

  it("tell each other what the leader waits for", async () => {
    const { server, open } = browser();
    const leader = open({ ticket: async () => Promise.reject(Object.assign(new Error("log in"), { status: 401, it() {} })) });
    await pass(100);
    const follower = open();
    await pass(100);

    expect(follower.feed.status).toMatchObject({ state: "refused", transport: null, reason: { code: 401 } });
    expect(leader.feed.status.reason?.error).toMatchObject({ message: "log in" });
    expect(server.connections).toBe(0);
  });

  it("lose the same, and go on behind what each has loaded", async () => {
    const { server, open } = browser();
    const onLost = async () => "e2:1-0";
    const tabs = [open({ onLost }), open({ onLost })];
    await pass(100);
    server.reset();
    server.notify("phase_skipped");
    await pass(100);
    server.notify("class_created");
    await pass(10_000);
    server.notify("class_created");
    await pass(10_000);

    expect(tabs.map(({ ids }) => ids)).toEqual(Array(2).fill(["e2:2-0", "e2:3-0"]));
    expect(server.connections).toBe(1);
  });

  it("show and tell what the new leader's own connection does", async () => {
    const { server, open, store } = browser();
    const first = open();
    await pass(100);
    const second = open();
    const third = open();
    await pass(100);
    server.refuse(3, 1011);
    store.kept = "";
    first.feed.close();
    await pass(100);

    expect([second, third].map(({ feed }) => feed.status.state)).toEqual(["connecting", "connecting"]);
    expect(second.feed.status.reason).toMatchObject({ code: 1011 });
    expect(store.kept).toBe("e1:0-0");
  });

  it("hand an unsent mark over with the lead", async () => {
    const { server, open } = browser();
    const first = open();
    await pass(100);
    const second = open();
    await pass(100);
    server.close(1011);
    second.feed.seen("e1:7-0");
    await pass(10);
    first.feed.close();
    await pass(10_000);

    expect(server.received).toContainEqual({ type: "seen", id: "e1:7-0" });
  });

  it("catch up without showing it, and hear direct messages once", async () => {
    const server = scriptedFeed();
    for (let count = 0; count < 3; count += 1) server.notify("phase_skipped");
    const { open } = browser(server);
    open({ cursor: "e1:3-0" });
    await pass(100);
    const older = open({ cursor: "e1:1-0" });
    await pass(100);
    older.feed.subscribe(({ transport }) => shown.add(transport));
    const shown = new Set<string | null>();
    let caughtUp = 0;
    for (let ms = 0; ms < 3_000; ms += 10) {
      await pass(10);
      if (server.connections === 2 && caughtUp++ === 0) server.send({ event: "maintenance_announced" });
    }

    expect(caughtUp).toBeGreaterThan(0);
    expect(older.ids.sort()).toEqual(["direct", "e1:2-0", "e1:3-0"]);
    expect([...shown]).toEqual(["tab"]);
    expect(server.connections).toBe(1);
  });

  it("show their own connection once they lead in the middle of catching up", async () => {
    const server = scriptedFeed();
    for (let count = 0; count < 3; count += 1) server.notify("phase_skipped");
    const { open } = browser(server);
    const leader = open({ cursor: "e1:3-0" });
    await pass(100);
    const older = open({ cursor: "e1:1-0" });
    while (server.connections < 2) await pass(1);
    leader.feed.close();
    await pass(10);

    expect(older.feed.status).toMatchObject({ state: "live", transport: "websocket" });
    expect(older.ids).toEqual(["e1:2-0", "e1:3-0"]);
  });

  it("of another user hear nothing", async () => {
    const { server, open } = browser();
    open();
    const other = open({ user: "erik", WebSocket: null, fetch: null });
    await pass(100);
    server.notify("class_created");
    await pass(100);

    expect(other.ids).toEqual([]);
  });

  it("connect each by itself where the browser has no locks", async () => {
    const { server, open } = browser();
    const tabs = [open({ locks: null }), open({ locks: null })];
    await pass(100);
    server.notify("class_created");
    await pass();

    expect(server.connections).toBe(2);
    expect(tabs.map(({ ids }) => ids)).toEqual(Array(2).fill(["e1:1-0"]));
  });
});

it("loses and repeats nothing in a thousand handovers", { timeout: 60_000 }, async () => {
  const { server, open } = browser();
  const witness = open();
  let sent = 0;
  let doomed = open();
  await pass(100);
  for (let round = 0; round < 1000; round += 1) {
    server.notify("phase_skipped");
    sent += 1;
    await pass(round % 7);
    const next = open();
    if (round % 3 === 0) server.close(round % 2 ? 1012 : 1006, { retry_after_ms: 3 });
    server.notify("phase_skipped");
    sent += 1;
    doomed.feed.close();
    doomed = next;
    if (round % 10 === 0) witness.window.dispatchEvent(new Event("pagehide"));
    await pass(round % 5);
    if (round % 10 === 0) witness.window.dispatchEvent(new Event("pageshow"));
  }
  await pass(60_000);

  const numbers = witness.ids.map((id) => Number(id.slice(3, -2)));
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numbers).toEqual(Array.from({ length: sent }, (_, place) => place + 1));
  expect(server.connections).toBe(1);
});
