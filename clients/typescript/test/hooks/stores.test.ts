import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { createEdge } from "../../src/index.js";
import { batchesStore, uploadStore } from "../../src/stores.js";
import { noAnswer, refusal, scriptedEdge } from "../../src/testing.js";
import { page, pass } from "../feed/harness.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A scripted edge, and the client of it; `asked` are the calls. */
function edgeOf() {
  const scripted = scriptedEdge();
  const session = { token: () => "t", refresh: async () => {} };
  const edge = createEdge({ ...scripted.options, session, retries: 0 });
  const asked = () => scripted.received.map(({ path, query }) => `${path}?${String(new URLSearchParams(query))}`);
  return { scripted, edge, asked };
}

const batches = (total: number) => ({ batches: [], pagination: { limit: 20, offset: 0, total } });

describe("batches", () => {
  it("are loaded while they are shown, and again when the feed tells of one", async () => {
    const { scripted, edge, asked } = edgeOf();
    scripted.GET("/v1/batches", batches(1), batches(2), batches(3));
    const { server, feed } = page();
    const store = batchesStore(edge, feed, { limit: 20 });
    await pass();
    const before = asked().length;
    const leave = store.subscribe(() => {});
    await pass();
    const first = store.state;
    server.notify("class_created");
    await pass(2_000);
    const same = asked().length;
    for (let count = 0; count < 20; count += 1) server.notify("phase_skipped", { batch_id: "b" });
    await pass(2_000);
    const second = store.state;
    server.reset();
    await pass(2_000);
    leave();
    server.notify("phase_skipped", { batch_id: "b" });
    await pass(2_000);

    expect([before, same]).toEqual([0, 1]);
    expect(asked()).toEqual(Array(3).fill("/v1/batches?limit=20"));
    expect([first, second, store.state].map(({ total }) => total)).toEqual([1, 2, 3]);
    expect(store.state).toMatchObject({ loading: false, error: null });
  });

  it("stay when they can't be loaded again", async () => {
    const { scripted, edge } = edgeOf();
    scripted.GET("/v1/batches", batches(1), refusal("SERVICE_UNAVAILABLE"));
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
    const { scripted, edge } = edgeOf();
    scripted.POST("/v1/files/batch", { message: "taken", batch_id: "b", correlation_id: "c" });
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
    const { edge, asked } = edgeOf();
    const store = uploadStore(edge);
    const arrived = await store.upload("b", [new File(["essay"], "a.exe")]);

    expect([arrived, asked()]).toEqual([false, []]);
    expect(store.state).toMatchObject({ state: "failed", error: { code: "UNSUPPORTED_MEDIA_TYPE" } });
  });

  it.each(["cancel", "leave"])("is cancelled: %s", async (how) => {
    const { scripted, edge } = edgeOf();
    scripted.POST("/v1/files/batch", noAnswer());
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
