import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { createFeed } from "../../src/feed/index.js";
import { scriptedFeed } from "../../src/testing.js";
import { notedStore, page, pass } from "./harness.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a position", () => {
  it("is kept behind each notification, in order", async () => {
    const store = notedStore();
    const { server, told } = page({ cursorStore: store });
    await pass();

    server.notify("class_created");
    const { id } = server.notify("student_added_to_class");
    await pass();

    expect(told).toEqual(["class_created", "student_added_to_class"]);
    expect(store.kept).toBe(id);
  });

  it("is where the next connection goes on, with nothing lost or twice", async () => {
    const { server, told, states, feed } = page();
    await pass();
    server.notify("class_created");
    server.close();
    server.notify("batch_results_ready");

    await pass(5_000);

    expect(told).toEqual(["class_created", "batch_results_ready"]);
    expect(server.opened).toEqual(["", "e1:1-0"]);
    expect(states).toEqual(["connecting", "live", "resuming", "live"]);
    expect(feed.status).toMatchObject({ transport: "websocket", retryAt: null, reason: null });
  });

  it("is the store's at the start, unless the page brings one", async () => {
    const first = page({ cursorStore: notedStore("e1:0-0") });
    const second = page({ cursorStore: notedStore("e1:0-0"), cursor: "e1:7-0" });
    await pass();

    expect(first.server.opened).toEqual(["e1:0-0"]);
    expect(second.server.opened).toEqual(["e1:7-0"]);
  });

  it("may be kept by a store that is slow, or fails", async () => {
    const store = { get: async () => "e1:0-0", set: () => Promise.reject(new Error("full")) };
    const { server, told, errors } = page({ cursorStore: store });
    await pass();

    server.notify("class_created");
    await pass();

    expect(told).toEqual(["class_created"]);
    expect(errors).toEqual([new Error("full")]);
  });
});

describe("a handler that throws", () => {
  it("is offered the frame again, and the frames behind it wait", async () => {
    const store = notedStore();
    const { server, feed, told, errors } = page({ cursorStore: store });
    let faults = 2;
    feed.on("class_created", () => {
      if (faults-- > 0) throw new Error("boom");
    });
    await pass();
    const before = store.kept;

    server.notify("class_created");
    const { id } = server.notify("batch_results_ready");
    await pass();
    const meanwhile = [store.kept, ...told];
    await pass(10_000);

    expect(meanwhile).toEqual([before, "class_created"]);
    expect(told).toEqual(["class_created", "batch_results_ready"]);
    expect(errors).toHaveLength(2);
    expect(store.kept).toBe(id);
  });

  it("stops the feed before the frame at last, and a new start offers it again", async () => {
    const store = notedStore("e1:0-0");
    const { server, feed } = page({ cursorStore: store, attempts: 3 });
    let faulty = true;
    const offered: number[] = [];
    feed.on("class_created", (_, { attempt }) => {
      offered.push(attempt);
      if (faulty) throw new Error("boom");
    });
    await pass();
    server.notify("class_created");
    await pass(60_000);
    const stopped = feed.status;
    faulty = false;
    feed.reconnect();
    await pass();

    expect(stopped).toMatchObject({ state: "stopped", reason: { message: "dead_frame", error: new Error("boom") } });
    expect(offered).toEqual([1, 2, 3, 1]);
    expect(store.kept).toBe("e1:1-0");
  });

  it("loses the frame where the page decides so", async () => {
    const dead: string[] = [];
    const { server, feed, told } = page({
      attempts: 2,
      async onDeadFrame({ event }) {
        dead.push(event);
        return "skip" as const;
      },
    });
    feed.on("class_created", async () => Promise.reject(new Error("boom")));
    await pass();

    server.notify("class_created");
    server.notify("batch_results_ready");
    await pass(10_000);

    expect(dead).toEqual(["class_created"]);
    expect(told).toEqual(["class_created", "batch_results_ready"]);
    expect(feed.status.state).toBe("live");
  });

  it("isn't offered the frame again once it was removed", async () => {
    const { server, feed } = page();
    let offers = 0;
    const remove = feed.on("class_created", () => {
      offers += 1;
      throw new Error("boom");
    });
    await pass();

    server.notify("class_created");
    await pass();
    remove();
    await pass(60_000);

    expect([offers, feed.status.state]).toEqual([1, "live"]);
  });
});

describe("a handler that doesn't settle", () => {
  it("is reported once, with its frame, and the frames behind it wait", async () => {
    const failures: unknown[] = [];
    const { server, feed, told } = page({ onError: (error, failure) => void failures.push([String(error), failure?.frame.id]) });
    feed.on("class_created", () => new Promise(() => {}));
    await pass();

    const { id } = server.notify("class_created");
    server.notify("batch_results_ready");
    await pass(59_000);
    const before = [...failures];
    await pass(300_000);

    expect(before).toEqual([]);
    expect(failures).toEqual([["Error: A handler of class_created hasn't settled.", id]]);
    expect(told).toEqual([]);
  });

  it("is not reported when it takes its time, or when the feed is closed", async () => {
    const { server, feed, told, errors } = page();
    feed.on("class_created", () => new Promise((resolve) => setTimeout(resolve, 50_000)));
    feed.on("batch_results_ready", () => new Promise(() => {}));
    await pass();

    server.notify("class_created");
    server.notify("batch_results_ready");
    await pass(100_000);
    feed.close();
    await pass(100_000);

    expect(told).toEqual(["class_created"]);
    expect(errors).toEqual([]);
  });
});

describe("what is lost", () => {
  it("is told by a gap, and the position moves only once the page has dealt with it", async () => {
    const store = notedStore("e1:1-0");
    const server = scriptedFeed();
    for (let count = 0; count < 5; count += 1) server.notify("phase_skipped");
    server.keep(2);
    const kept: string[] = [];
    const { told, lost } = page(
      {
        cursorStore: store,
        async onLost(what) {
          kept.push(store.kept);
          lost.push(what);
        },
      },
      server,
    );
    await pass();

    expect(lost).toEqual([{ kind: "gap", from: "e1:1-0", to: "e1:3-0" }]);
    expect(kept).toEqual(["e1:1-0"]);
    expect(told).toHaveLength(2);
    expect(store.kept).toBe("e1:5-0");
  });

  it("is told by a reset, while live and at the start", async () => {
    const { server, lost, told } = page({ cursor: "e0:9-0" });
    await pass();
    server.reset();
    server.notify("class_created");
    await pass();

    expect(lost).toEqual([
      { kind: "reset", cursor: "e1:0-0" },
      { kind: "reset", cursor: "e2:0-0" },
    ]);
    expect(told).toEqual(["class_created"]);
  });

  it("is made good by a first page, behind whose cursor the feed goes on", async () => {
    const server = scriptedFeed();
    for (let count = 0; count < 3; count += 1) server.notify("phase_skipped");
    const store = notedStore("e0:9-0");
    const { told } = page({ cursorStore: store, onLost: async () => "e1:3-0" }, server);
    await pass(1000);
    server.notify("class_created");
    await pass();

    expect(told).toEqual(["class_created"]);
    expect(server.opened).toEqual(["e0:9-0", "e1:3-0"]);
    expect(store.kept).toBe("e1:4-0");
  });

  it("is told again when the page failed to reload", async () => {
    let faults = 1;
    const seen: string[] = [];
    page({
      cursor: "e0:9-0",
      onLost({ kind }) {
        seen.push(kind);
        if (faults-- > 0) throw new Error("offline");
      },
    });
    await pass(5_000);

    expect(seen).toEqual(["reset", "reset"]);
  });
});

describe("a wait", () => {
  it("is the server's slot, whatever the browser does meanwhile", async () => {
    const { server, feed, window } = page();
    await pass();
    server.close(1012, { error_code: "SERVICE_RESTART", message: "restart", retry_after_ms: 4321 });
    const { retryAt, reason } = feed.status;
    window.dispatchEvent(new Event("online"));
    await pass(4_320);
    const early = server.opened.length;
    await pass(1);

    expect(retryAt).toBe(Date.now());
    expect(reason).toMatchObject({ code: 1012, errorCode: "SERVICE_RESTART", message: "restart" });
    expect([early, server.opened.length]).toEqual([1, 2]);
  });

  it("is the slot of feed.drain where the close got lost", async () => {
    const { server, feed } = page();
    await pass();
    server.send({ event: "feed.drain", data: { retry_after_ms: 777 } });
    server.close();

    expect(feed.status.retryAt).toBe(Date.now() + 777);
  });

  it("doubles with each failure, and begins anew after ten seconds of life", async () => {
    const { server, feed } = page();
    await pass();
    const waits: number[] = [];
    server.refuse(4, 1011);
    server.close(1011);
    for (let failures = 0; failures < 5; failures += 1) {
      waits.push(feed.status.retryAt! - Date.now());
      await pass(waits.at(-1));
    }
    await pass(10_001);
    server.close(1011);

    expect(waits).toEqual([500, 1000, 2000, 4000, 8000]);
    expect(feed.status.retryAt! - Date.now()).toBe(500);
  });

  it.each([
    [4000, { message: "connection_limit" }, "refused", 90_000],
    [1008, { message: "rate" }, "refused", 90_000],
    [1008, { message: "token_expired" }, "resuming", 0],
    [4008, { message: "too_slow" }, "resuming", 0],
    [4408, {}, "resuming", 0],
    [1011, {}, "resuming", 500],
  ])("follows the table: %i %o", async (code, reason, state, ms) => {
    const { server, feed } = page();
    await pass();

    server.close(code, reason);

    expect(feed.status).toMatchObject({ state, retryAt: Date.now() + ms });
  });

  it("never becomes a busy loop", async () => {
    const { server } = page();
    await pass();
    server.refuse(1000, 1008, { message: "token_invalid" });
    server.close(1008, { message: "token_invalid" });

    await pass(60_000);

    expect(server.opened.length).toBeLessThan(14);
  });

  it("is shortened by what makes success likely", async () => {
    const { server, window, feed } = page();
    server.refuse(20, 1011);
    await pass(40_000);
    const before = feed.status.retryAt! - Date.now();

    window.document.dispatchEvent(new Event("visibilitychange"));

    expect(feed.status.retryAt! - Date.now()).toBeLessThan(Math.min(before, 1000));
  });
});

describe("a ticket", () => {
  it("that the gateway refuses waits for the login", async () => {
    let loggedIn = false;
    const server = scriptedFeed();
    const ticket = vi.fn(async () => {
      if (!loggedIn) throw Object.assign(new Error("log in"), { status: 401, code: "AUTHENTICATION_ERROR" });
      return { ticket: "t" };
    });
    const { feed } = page({ ticket }, server);
    await pass(600_000);
    const before = { ...feed.status, calls: ticket.mock.calls.length };
    loggedIn = true;
    feed.reconnect();
    await pass();

    expect(before).toMatchObject({ state: "refused", retryAt: null, reason: { code: 401 }, calls: 1 });
    expect(feed.status.state).toBe("live");
  });

  it("that can't be had now is asked for after Retry-After", async () => {
    const ticket = vi.fn(async () => Promise.reject(Object.assign(new Error("busy"), { status: 503, retryAfterMs: 3000 })));
    const { feed } = page({ ticket });
    await pass();

    expect(feed.status).toMatchObject({ state: "connecting", retryAt: Date.now() + 3000 });
  });

  it("that never comes is given up", async () => {
    const signals: AbortSignal[] = [];
    const { feed } = page({
      ticket(signal) {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    await pass(30_000);

    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(feed.status.reason).toMatchObject({ code: 1006, error: new Error("no ticket in time") });
  });

  it("may come from an object that uses `this`", async () => {
    const server = scriptedFeed();
    class Session {
      readonly baseUrl = "https://feed.test";
      readonly WebSocket = server.WebSocket;
      readonly storage = null;
      readonly #secret = "good";
      async ticket() {
        return this.#secret;
      }
      onLost() {}
    }
    const feed = createFeed(new Session());
    await pass();

    expect(feed.status.state).toBe("live");
  });
});

describe("liveness", () => {
  it("ends a connection on which nothing arrives", async () => {
    const { server, feed } = page();
    await pass();
    server.mute(true);
    await pass(59_999);
    const before = feed.status.state;
    await pass(1);

    expect([before, feed.status.state]).toEqual(["live", "resuming"]);
    expect(feed.status.reason).toMatchObject({ code: 1006, message: "silent" });
  });

  it("keeps one that answers", async () => {
    const { server, states } = page();
    await pass(3_600_000);

    expect(states).toEqual(["connecting", "live"]);
    expect(server.opened).toHaveLength(1);
  });

  it("allows ten seconds for the first frame", async () => {
    const { server, feed } = page();
    server.mute(true);
    await pass(9_999);
    const before = feed.status.reason;
    await pass(1);

    expect([before, feed.status.reason?.message]).toEqual([null, "silent"]);
  });

  it("is tested at once when the page is looked at again", async () => {
    const { server, window, feed } = page();
    await pass(31_000);
    server.mute(true);
    window.document.dispatchEvent(new Event("visibilitychange"));
    await pass(5_000);

    expect(feed.status.state).toBe("resuming");
  });

  it("waits for the network while there is none", async () => {
    const { server, window, feed } = page();
    await pass();
    window.navigator.onLine = false;
    window.dispatchEvent(new Event("offline"));
    const offline = feed.status;
    window.navigator.onLine = true;
    window.dispatchEvent(new Event("online"));
    await pass(1_000);

    expect(offline).toMatchObject({ state: "offline", retryAt: expect.any(Number) as number });
    expect(feed.status.state).toBe("live");
    expect(server.connections).toBe(1);
  });

  it("puts the connection aside with the page, and takes it up again", async () => {
    const { server, window, told } = page();
    await pass();
    window.dispatchEvent(new Event("pagehide"));
    const hidden = server.connections;
    server.notify("class_created");
    window.dispatchEvent(new Event("pageshow"));
    await pass();

    expect([hidden, server.connections]).toEqual([0, 1]);
    expect(told).toEqual(["class_created"]);
  });
});

describe("a transport", () => {
  it("is the event stream after two failed upgrades, until sockets work", async () => {
    const server = scriptedFeed();
    server.block(true);
    const { feed, told } = page({}, server);
    await pass(3_000);
    const fallen = feed.status.transport;
    await pass(10_000);
    server.notify("class_created");
    server.block(false);
    await pass(120_000);
    server.notify("batch_results_ready");
    await pass();

    expect(fallen).toBe("stream");
    expect(feed.status).toMatchObject({ state: "live", transport: "websocket" });
    expect(told).toEqual(["class_created", "batch_results_ready"]);
    expect(server.connections).toBe(1);
  });

  it("is asked for less and less often while sockets stay blocked", async () => {
    const server = scriptedFeed();
    server.block(true);
    const ticket = vi.fn(server.ticket);
    const { states } = page({ ticket }, server);
    await pass(6 * 3_600_000);

    expect(states).toEqual(["connecting", "live"]);
    expect(ticket.mock.calls.length).toBeLessThan(26);
  });

  it("is the stream where there are no sockets, and nothing needs to exist", async () => {
    const { server, feed, told } = page({ WebSocket: null, page: null });
    await pass();
    server.notify("class_created");
    await pass();

    expect(feed.status.transport).toBe("stream");
    expect(told).toEqual(["class_created"]);
  });
});

describe("a token's end", () => {
  it("is put off by a new token on the connection", async () => {
    const { server } = page({ renew: async () => "new" });
    await pass();
    server.send({ event: "feed.expiring", data: { in_s: 60 } });
    await pass();

    expect(server.received).toEqual([{ type: "auth", token: "new" }]);
  });

  it("opens the next stream with a new ticket", async () => {
    const { server, states } = page({ WebSocket: null, renew: async () => "new" });
    await pass(20_000);
    server.send({ event: "feed.expiring", data: { in_s: 60 } });
    await pass();

    expect(server.opened).toHaveLength(2);
    expect(states).toEqual(["connecting", "live", "resuming", "live"]);
  });

  it("is left to the close where the token can't be refreshed", async () => {
    const { server, feed } = page({ renew: () => Promise.reject(new Error("no")) });
    await pass();
    server.send({ event: "feed.expiring", data: { in_s: 60 } });
    await pass();

    expect([server.received, feed.status.state]).toEqual([[], "live"]);
  });
});

describe("the seen-mark", () => {
  it("is sent once a second at most, the last one last", async () => {
    const { server, feed } = page();
    await pass();
    for (let count = 0; count < 50; count += 1) feed.seen(`e1:${count}-0`);
    await pass(500);
    feed.seen("e1:99-0");
    await pass(2_000);

    expect(server.received).toEqual([
      { type: "seen", id: "e1:49-0" },
      { type: "seen", id: "e1:99-0" },
    ]);
  });

  it("is sent again after a loss, and by REST on a stream", async () => {
    const marked: string[] = [];
    const { server, feed } = page();
    const other = page({
      WebSocket: null,
      async markSeen(id) {
        marked.push(id);
      },
    });
    await pass();
    server.notify("class_created");
    await pass();
    server.close();
    feed.seen();
    other.feed.seen("e1:1-0");
    await pass(5_000);

    expect(server.received.at(-1)).toEqual({ type: "seen", id: "e1:1-0" });
    expect(marked).toContain("e1:1-0");
  });

  it("counts what is unread from the page's figure on", async () => {
    const { server, feed } = page({ unread: 3 });
    await pass();
    server.notify("class_created");
    await pass();
    const counted = feed.status.unread;
    server.send({ event: "feed.seen", data: { cursor: "e1:1-0", unread: 0 } });
    await pass();

    expect([counted, feed.status.unread]).toEqual([4, 0]);
  });
});

describe("the end", () => {
  it("comes by close, and nothing is done after it", async () => {
    const { server, feed, told, states } = page();
    await pass();
    feed.close();
    server.notify("class_created");
    await pass(600_000);

    expect(server.connections).toBe(0);
    expect(told).toEqual([]);
    expect(states).toEqual(["connecting", "live", "stopped"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("comes by an AbortSignal, which handlers hear too", async () => {
    const abort = new AbortController();
    const { server, feed } = page({ signal: abort.signal });
    let heard: AbortSignal | undefined;
    feed.on("*", (_, { signal }) => {
      heard = signal;
      return new Promise(() => {});
    });
    await pass();
    server.notify("class_created");
    await pass();
    abort.abort();

    expect(heard?.aborted).toBe(true);
    expect(feed.status.state).toBe("stopped");
    expect(server.connections).toBe(0);
  });
});

describe("a handler's signal", () => {
  it("keeps nothing of a notification that has been handled, at once or at the second offer", async () => {
    const { server, feed } = page({ onError() {} });
    const kept = new Set<unknown>();
    feed.on("*", (_, { signal, attempt }) => {
      const { addEventListener, removeEventListener } = AbortSignal.prototype;
      Object.assign(signal, {
        addEventListener(type: "abort", react: () => void) {
          kept.add(react);
          addEventListener.call(signal, type, react);
        },
        removeEventListener(type: "abort", react: () => void) {
          kept.delete(react);
          removeEventListener.call(signal, type, react);
        },
      });
      if (attempt === 1) throw new Error("not yet");
    });
    await pass();
    for (let number = 0; number < 3; number += 1) server.notify("class_created");
    await pass(10_000);

    expect(kept.size).toBe(0);
  });
});

describe("frames", () => {
  it("have their times in UTC", async () => {
    const { server, feed } = page();
    const times: unknown[] = [];
    feed.on("class_created", ({ data }) => times.push(data.timestamp, data.deadline, data["text"]));
    await pass();
    const text = "due 2026-01-01T10:00:00";
    server.notify("class_created", { timestamp: "2026-01-01T10:00:00.123", deadline: "2026-01-01T10:00:00+01:00", text });
    await pass();

    expect(times).toEqual(["2026-01-01T10:00:00.123Z", "2026-01-01T10:00:00+01:00", text]);
  });

  it("of unknown types and direct messages are handled too", async () => {
    const { server, feed } = page();
    const heard: unknown[] = [];
    feed.on("grades_published", ({ id }) => heard.push(id));
    feed.on("maintenance_announced", ({ data }) => heard.push(data));
    await pass();
    server.notify("grades_published");
    server.send({ event: "maintenance_announced", data: { starts_at: "2026-12-01T02:00:00Z" } });
    server.send({ event: "feed.something_new", data: {} });
    await pass();

    expect(heard).toEqual(["e1:1-0", { starts_at: "2026-12-01T02:00:00Z" }]);
  });

  it("are logged on request", async () => {
    const debug = vi.spyOn(console, "debug").mockImplementation(() => {});
    const storage = { getItem: (key: string) => (key === "huleedu:debug" ? "1" : null), setItem() {} };
    page({ storage });
    await pass();

    expect(debug).toHaveBeenCalledWith("[huleedu:feed]", "open", expect.anything());
    expect(JSON.stringify(debug.mock.calls)).not.toContain("ticket-");
    debug.mockRestore();
  });
});
