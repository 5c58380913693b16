// What a dashboard may write, and what the compiler refuses; `npm run check` is the test.
import { expectTypeOf, it } from "vitest";

import type { Category, Environment, FeedOptions, Lost, Notification } from "../../src/feed/index.js";
import { createFeed } from "../../src/feed/index.js";

type Payloads = { class_created: { class_designation: string } };
const options: FeedOptions = { baseUrl: "https://feed.test", ticket: async () => "t", onLost() {}, WebSocket: null, fetch: null };

it("frames are typed by their event, and payloads by the page", () => {
  const feed = createFeed<Payloads>({ ...options, signal: AbortSignal.abort() });

  feed.on("class_created", ({ data, id }) => {
    expectTypeOf(data.class_designation).toEqualTypeOf<string>();
    expectTypeOf(data.deadline).toEqualTypeOf<string | null>();
    expectTypeOf(id).toEqualTypeOf<string>();
  });
  feed.on("phase_skipped", ({ data }) => expectTypeOf(data["phase"]).toEqualTypeOf<unknown>());
  feed.on("feed.seen", ({ data }) => expectTypeOf(data.unread).toEqualTypeOf<number>());
  feed.on("grades_published", async (frame) => expectTypeOf(frame.event).toExtend<string>());
  expectTypeOf<Category>().toExtend<Notification["data"]["category"]>();
});

it("the page has to say what it does about losses", () => {
  // @ts-expect-error: onLost is missing
  expectTypeOf<{ url: string; ticket: () => Promise<string> }>().toExtend<FeedOptions>();
  const kinds = (lost: Lost) => (lost.kind === "gap" ? lost.from : lost.cursor);
  expectTypeOf(kinds).returns.toEqualTypeOf<string>();
});

it("the browser's own parts fit", () => {
  const own = () =>
    ({ WebSocket, fetch, storage: localStorage, locks: navigator.locks, BroadcastChannel, page: window }) satisfies Environment;
  expectTypeOf(own).returns.toExtend<Environment>();
});
