// @vitest-environment happy-dom
import { act, createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { beforeAll, expect, it } from "vitest";

import { createFeed, type Feed } from "../../src/feed/index.js";
import { createEdge } from "../../src/index.js";
import { FeedProvider, useBatches, useFeedStatus, useNotification, useUnread, useUpload } from "../../src/react.js";
import { noAnswer, scriptedEdge, scriptedFeed } from "../../src/testing.js";

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
  const scripted = scriptedEdge();
  const edge = createEdge({ ...scripted.options, session: { token: () => "t", refresh: async () => {} } });
  const files = [new File(["essay"], "a.txt")];
  let sent: AbortSignal | undefined;
  const page = (total: number) => ({ batches: [], pagination: { limit: 5, offset: 0, total } });
  scripted.GET("/v1/batches", page(1), page(2));
  scripted.POST("/v1/files/batch", ({ signal, progress }) => {
    sent = signal;
    progress(0.4);
    return noAnswer();
  });
  const Batches = () => {
    const { total, loading, reload } = useBatches(edge, { limit: 5 });
    const { state, progress, upload } = useUpload(edge);
    const click = () => {
      reload();
      void upload("b", files);
    };
    return createElement("button", { onClick: click }, `${total} ${loading} ${state} ${progress?.loaded ?? 0}`);
  };
  const box = document.createElement("div");
  const root = createRoot(box);

  const settle = () => act(() => new Promise((done) => setTimeout(done, 20)));
  await act(async () => root.render(createElement(Batches)));
  await settle();
  const first = box.textContent;
  await act(async () => box.querySelector("button")?.click());
  await settle();
  const second = box.textContent;
  await act(async () => root.unmount());

  expect([first, second]).toEqual(["1 false idle 0", "2 false sending 2"]);
  expect(sent?.aborted).toBe(true);
});
