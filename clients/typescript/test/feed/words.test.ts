// What one tab says to the others, word by word; tabs.test.ts has whole tabs.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { surroundings } from "../../src/feed/environment.js";
import type { LinkStatus } from "../../src/feed/link.js";
import { joinTabs, sendable, type Word } from "../../src/feed/tabs.js";
import { createTimeline } from "../../src/feed/timeline.js";
import { channels, locks, pass } from "./harness.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const LIVE: LinkStatus = { state: "live", transport: "websocket", retryAt: null, reason: null };
const step = (number: number) => ({
  prev: `c${number - 1}`,
  next: `c${number}`,
  size: 1,
  frame: { event: "phase_skipped", data: {} as never, id: `c${number}` },
});

/** A tab at `position`, and another's end of the channel; with `held`, another tab holds the lock. */
async function tab(position: string, { held = true, request = locks().request } = {}) {
  const BroadcastChannel = channels();
  const env = surroundings({ locks: { request }, BroadcastChannel, random: () => 0.5, page: null });
  let release = () => {};
  if (held) void request("feed", { signal: new AbortController().signal }, () => new Promise((done) => (release = done)));
  await pass();
  const other = new BroadcastChannel("feed");
  const said: Word[] = [];
  other.onmessage = (({ data }: { data: Word }) => said.push(data)) as never;
  const timeline = createTimeline();
  timeline.begin(position);
  const heard: unknown[] = [];
  const tabs = joinTabs(env, () => {}, "feed", {
    position: () => timeline.position,
    status: () => LIVE,
    after: timeline.after,
    begin: timeline.begin,
    take: timeline.take,
    relayed: ({ event }) => heard.push(event),
    leaderStatus: ({ state }) => heard.push(state),
    role: (role) => heard.push(role),
    seen: (id) => heard.push(id),
    reconnect: () => heard.push("reconnect"),
    overdue: () => heard.push("overdue"),
  })!;
  await pass();
  const say = async (word: Word) => {
    other.postMessage(word);
    await pass();
  };
  const answer = (at: string, steps?: ReturnType<typeof step>[], to = said.find((word) => word.type === "hello")!.tab) =>
    say({ type: "answer", to, at, status: LIVE, steps });
  return { tabs, said, heard, timeline, say, answer, release: () => release() };
}

const types = (said: readonly Word[]) => said.map(({ type }) => type);

describe("a follower", () => {
  it("greets with its position, and takes the steps that it lacks", async () => {
    const { said, heard, timeline, answer } = await tab("c1");
    await answer("c3", [step(2), step(3)]);

    expect(said).toEqual([{ type: "hello", tab: expect.any(String) as string, at: "c1" }]);
    expect([timeline.position, heard]).toEqual(["c3", ["live"]]);
  });

  it("without a position begins where the leader is", async () => {
    const { timeline, answer } = await tab("");
    await answer("c3", []);

    expect(timeline.position).toBe("c3");
  });

  it("hears no answer to another", async () => {
    const { timeline, answer, heard } = await tab("c1");
    await answer("c2", [step(2)], "another");

    expect([timeline.position, heard]).toEqual(["c1", []]);
  });

  it("catches up by itself when the leader doesn't know its position twice, until both stand together", async () => {
    const { heard, answer, timeline, said } = await tab("c1");
    await answer("c5");
    const once = [...heard];
    await pass(1_000);
    await answer("c5");
    const twice = [...heard];
    for (const number of [2, 3, 4, 5]) timeline.take(step(number));
    await pass(1_000);
    await answer("c5", []);

    expect(once).toEqual(["live"]);
    expect(twice).toEqual(["live", "catching-up", "live"]);
    expect(heard).toEqual(["live", "catching-up", "live", "follower", "live"]);
    expect(types(said)).toEqual(["hello", "hello", "hello"]);
  });

  it("forgets a doubt that was settled", async () => {
    const { heard, answer, say } = await tab("c1");
    await answer("c5");
    await say({ type: "step", step: step(2) });
    await pass(30_000);
    await answer("c5");

    expect(heard).not.toContain("catching-up");
  });

  it("greets at once when a step comes that it can't take, and not for one that it has", async () => {
    const { said, say, answer } = await tab("c1");
    await answer("c1", []);
    await say({ type: "step", step: step(1) });
    const known = said.length;
    await say({ type: "step", step: step(7) });

    expect([known, said.length]).toEqual([1, 2]);
  });

  it("greets a new leader, and takes an unanswered greeting for a leader that hangs", async () => {
    const { said, heard, say, answer } = await tab("c1");
    await answer("c1", []);
    await say({ type: "lead" });
    await pass(5_000);

    expect(types(said)).toEqual(["hello", "hello", "hello"]);
    expect(heard).toEqual(["live", "orphan"]);
  });

  it("greets twice a minute, and soon after the leader's next attempt is due", async () => {
    const { said, say, answer } = await tab("c1");
    await answer("c1", []);
    await pass(29_999);
    const before = said.length;
    await pass(1);
    await answer("c1", []);
    await say({ type: "status", status: { ...LIVE, state: "resuming", retryAt: Date.now() + 3_000 } });
    await pass(4_000);

    expect([before, said.length]).toEqual([1, 3]);
  });

  it("leaves the seen-mark and reconnects to the leader", async () => {
    const { heard, say } = await tab("c1");
    await say({ type: "seen", id: "c1" });
    await say({ type: "reconnect" });
    await say({ type: "hello", tab: "x", at: "c1" });

    expect(heard).toEqual([]);
  });
});

describe("a leader", () => {
  it("says so, and answers with what the other lacks", async () => {
    const { said, heard, timeline, say } = await tab("c1", { held: false });
    timeline.take(step(2));
    await say({ type: "hello", tab: "x", at: "c1" });
    await say({ type: "hello", tab: "y", at: "c9" });
    await say({ type: "hello", tab: "z", at: "" });

    expect(heard).toEqual(["leader", "overdue", "overdue", "overdue"]);
    expect(said.slice(-3)).toMatchObject([
      { to: "x", at: "c2", steps: [{ next: "c2" }], status: LIVE },
      { to: "y", at: "c2" },
      { to: "z", at: "c2", steps: [] },
    ]);
    expect(said.at(-2)).not.toHaveProperty("steps");
    expect(types(said)).toContain("lead");
  });

  it("heeds no other leader", async () => {
    const { heard, timeline, say } = await tab("c1", { held: false });
    await say({ type: "step", step: step(2) });
    await say({ type: "status", status: { ...LIVE, state: "offline" } });
    await say({ type: "loose", frame: { event: "maintenance_announced" } });

    expect([timeline.position, heard]).toEqual(["c1", ["leader"]]);
  });

  it("is also who can't have a lock", async () => {
    const request = () => Promise.reject(new DOMException("no", "SecurityError"));
    const { heard } = await tab("c1", { held: false, request });

    expect(heard).toEqual(["leader"]);
  });
});

it("a tab that has left takes no lock, and says nothing", async () => {
  const { tabs, heard, said, release } = await tab("c1");
  const before = said.length;
  tabs.leave();
  tabs.tell({ type: "lead" });
  release();
  await pass(60_000);

  expect([heard, said.length, vi.getTimerCount()]).toEqual([[], before, 0]);
});

it("a status goes without what was thrown, which can't always be copied", () => {
  const reason = { code: 1006, error: () => {} };

  expect(sendable({ ...LIVE, reason })).toEqual({ ...LIVE, reason: { code: 1006 } });
});
