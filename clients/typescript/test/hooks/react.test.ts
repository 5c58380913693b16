// @vitest-environment happy-dom
import { act, createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { beforeAll, expect, it } from "vitest";

import { createFeed, type Feed } from "../../src/feed/index.js";
import type { Edge } from "../../src/index.js";
import { FeedProvider, useBatches, useFeedStatus, useNotification, useUnread, useUpload } from "../../src/react.js";
import { scriptedFeed } from "../../src/testing.js";

beforeAll(() => void Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true }));

/** A bell with a light, and a note of each class. */
function Bell({ heard, suffix }: { heard: string[]; suffix: string }) {
  const { state } = useFeedStatus();
  const [unread, markSeen] = useUnread();
  useNotification("class_created", ({ id }) => void heard.push(id + suffix));
  return createElement("button", { onClick: markSeen }, `${state} ${unread ?? "?"}`);
}

const page = (feed: Feed | null, heard: string[], suffix = "") =>
  createElement(StrictMode, null, createElement(FeedProvider, { value: feed }, createElement(Bell, { heard, suffix })));

it("shows the feed, handles by the newest handler, and lets go when it is unmounted", async () => {
  const server = scriptedFeed();
  const feed = createFeed({
    baseUrl: "https://feed.test", ticket: server.ticket, WebSocket: server.WebSocket, fetch: null, unread: 1, onLost() {},
  });
  const heard: string[] = [];
  const box = document.createElement("div");
  const root = createRoot(box);
  const settle = () => act(() => new Promise((done) => setTimeout(done, 20)));

  await act(async () => root.render(page(feed, heard)));
  await settle();
  server.notify("class_created");
  await settle();
  const shown = box.textContent;
  await act(async () => root.render(page(feed, heard, " again")));
  server.notify("class_created");
  await settle();
  box.querySelector("button")?.click();
  await settle();
  await act(async () => root.unmount());
  server.notify("class_created");
  await new Promise((done) => setTimeout(done, 20));

  expect(shown).toBe("live 2");
  expect(heard).toEqual(["e1:1-0", "e1:2-0 again"]);
  expect(server.received).toEqual([{ type: "seen", id: "e1:2-0" }]);
  feed.close();
});

it("renders on a server, without a feed", () => {
  expect(renderToString(page(null, []))).toBe("<button>connecting ?</button>");
});

it("shows batches and an upload, and cancels it with its component", async () => {
  let loads = 0;
  let sent: AbortSignal | undefined;
  const edge = {
    GET: async () => ({ data: { batches: [], pagination: { total: (loads += 1) } } }),
    upload: (_: string, __: File[], { signal }: { signal: AbortSignal }) => new Promise(() => (sent = signal)),
  } as unknown as Edge;
  const Batches = () => {
    const { total, loading, reload } = useBatches(edge, { limit: 5 });
    const { state, upload } = useUpload(edge);
    const click = () => {
      reload();
      void upload("b", []);
    };
    return createElement("button", { onClick: click }, `${total} ${loading} ${state}`);
  };
  const box = document.createElement("div");
  const root = createRoot(box);

  await act(async () => root.render(createElement(Batches)));
  const first = box.textContent;
  await act(async () => box.querySelector("button")?.click());
  const second = box.textContent;
  await act(async () => root.unmount());

  expect([first, second]).toEqual(["1 false idle", "2 false sending"]);
  expect(sent?.aborted).toBe(true);
});
