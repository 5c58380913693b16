import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { createEdge } from "../../src/index.js";
import { batchesStore, uploadStore } from "../../src/stores.js";
import { page, pass } from "../feed/harness.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The edge, as it answers each call with the next of `answers`; `asked` are the calls. */
function edgeWith(...answers: (() => Response | Promise<Response>)[]) {
  const asked: string[] = [];
  const edge = createEdge({
    baseUrl: "https://edge.test",
    session: { token: () => "t", refresh: async () => {} },
    retries: 0,
    async fetch(request) {
      asked.push(new URL(request.url).pathname + new URL(request.url).search);
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      return answer();
    },
  });
  return { edge, asked };
}

const batches = (total: number) => () => Response.json({ batches: [], pagination: { limit: 20, offset: 0, total } });
const refusal = () =>
  Response.json({ error: { code: "SERVICE_UNAVAILABLE", message: "no", correlation_id: "c", details: {} } }, { status: 503 });

describe("batches", () => {
  it("are loaded while they are shown, and again when the feed tells of one", async () => {
    const { edge, asked } = edgeWith(batches(1), batches(2), batches(3));
    const { server, feed } = page();
    const store = batchesStore(edge, feed, { limit: 20 });
    await pass();
    const before = asked.length;
    const leave = store.subscribe(() => {});
    await pass();
    const first = store.state;
    server.notify("class_created");
    await pass(2_000);
    const same = asked.length;
    for (let count = 0; count < 20; count += 1) server.notify("phase_skipped", { batch_id: "b" });
    await pass(2_000);
    const second = store.state;
    server.reset();
    await pass(2_000);
    leave();
    server.notify("phase_skipped", { batch_id: "b" });
    await pass(2_000);

    expect([before, same]).toEqual([0, 1]);
    expect(asked).toEqual(Array(3).fill("/v1/batches?limit=20"));
    expect([first, second, store.state].map(({ total }) => total)).toEqual([1, 2, 3]);
    expect(store.state).toMatchObject({ loading: false, error: null });
  });

  it("stay when they can't be loaded again", async () => {
    const { edge } = edgeWith(batches(1), refusal);
    const store = batchesStore(edge, null);
    store.subscribe(() => {});
    await pass();
    store.reload();
    await pass();

    expect(store.state).toMatchObject({ total: 1, loading: false, error: { code: "SERVICE_UNAVAILABLE" } });
  });
});

describe("an upload", () => {
  const files = [new File(["essay"], "a.txt")];

  it("tells how far it is, and that it has arrived", async () => {
    const { edge } = edgeWith(() => Response.json({ message: "taken", batch_id: "b" }, { status: 202 }));
    const store = uploadStore(edge);
    store.subscribe(() => {});
    const arrived = store.upload("b", files);
    const sending = store.state;
    await pass();

    expect(await arrived).toBe(true);
    expect([sending.state, store.state.state]).toEqual(["sending", "done"]);
    expect(store.state.progress).toMatchObject({ loaded: 5, total: 5 });
  });

  it("tells why it failed, before a byte is sent where that is known", async () => {
    const { edge, asked } = edgeWith(refusal);
    const store = uploadStore(edge);
    const arrived = await store.upload("b", [new File(["essay"], "a.exe")]);

    expect([arrived, asked]).toEqual([false, []]);
    expect(store.state).toMatchObject({ state: "failed", error: { code: "UNSUPPORTED_MEDIA_TYPE" } });
  });

  it.each(["cancel", "leave"])("is cancelled: %s", async (how) => {
    const { edge } = edgeWith(() => new Promise<Response>(() => {}));
    const store = uploadStore(edge);
    const leave = store.subscribe(() => {});
    const arrived = store.upload("b", files);
    await pass();
    if (how === "cancel") store.cancel();
    else leave();

    expect(await arrived).toBe(false);
    expect(store.state).toMatchObject({ state: "cancelled", error: null });
  });
});
