// @vitest-environment happy-dom
import { createSSRApp, createApp, effectScope, h, nextTick } from "vue";
import { renderToString } from "vue/server-renderer";
import { expect, it } from "vitest";

import { createFeed } from "../../src/feed/index.js";
import { noAnswer, scriptedEdge, scriptedFeed } from "../../src/testing.js";
import { createEdge } from "../../src/index.js";
import { feedPlugin, useBatches, useFeed, useUnread, useUpload } from "../../src/vue.js";

const settle = () => new Promise((done) => setTimeout(done, 20));

it("follows the application's feed, and lets go with its scope", async () => {
  const server = scriptedFeed();
  const feed = createFeed({
    baseUrl: "https://feed.test", ticket: server.ticket, WebSocket: server.WebSocket, fetch: null, unread: 1, onLost() {},
  });
  const app = createApp({ render: () => null });
  app.use(feedPlugin(feed));
  const heard: string[] = [];
  const scope = effectScope();
  const { status, unread, markSeen } = app.runWithContext(() =>
    scope.run(() => {
      const { status, on } = useFeed();
      on("class_created", ({ id }) => void heard.push(id));
      return { status, ...useUnread() };
    })!,
  );

  await settle();
  server.notify("class_created");
  await settle();
  const shown = [status.value.state, unread.value];
  markSeen();
  await settle();
  scope.stop();
  server.notify("class_created");
  await settle();
  feed.close();
  await nextTick();

  expect(shown).toEqual(["live", 2]);
  expect(heard).toEqual(["e1:1-0"]);
  expect(server.received).toEqual([{ type: "seen", id: "e1:1-0" }]);
  expect(status.value.state).toBe("live");
});

it("renders on a server, without a feed", async () => {
  const app = createSSRApp({
    setup() {
      const { status, on } = useFeed();
      on("class_created", () => {});
      const { unread } = useUnread();
      return () => h("p", `${status.value.state} ${unread.value ?? "?"}`);
    },
  });
  app.use(feedPlugin(null));

  expect(await renderToString(app)).toBe("<p>connecting ?</p>");
});

it("shows batches and an upload, and cancels it with its scope", async () => {
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
  const scope = effectScope();
  const { page: shown, progress, reload, upload } = scope.run(() => ({ ...useBatches(edge), ...useUpload(edge) }))!;
  await settle();
  const first = [shown.value.total, progress.value.state, progress.value.progress?.loaded];
  reload();
  void upload("b", files);
  await settle();
  const second = [shown.value.total, progress.value.state, progress.value.progress?.loaded];
  scope.stop();
  await settle();

  expect([first, second]).toEqual([
    [1, "idle", undefined],
    [2, "sending", 2],
  ]);
  expect(sent?.aborted).toBe(true);
});
