import { expect, it } from "vitest";

import { createTimeline } from "../../src/feed/timeline.js";

const step = (number: number, size = 1) => ({
  prev: `c${number - 1}`,
  next: `c${number}`,
  size,
  frame: { event: "phase_skipped", data: {} as never, id: `c${number}` },
});

/** A timeline that has taken the steps 1 to `count`. */
function upTo(count: number, size = 1) {
  const timeline = createTimeline();
  timeline.begin("c0");
  for (let number = 1; number <= count; number += 1) timeline.take(step(number, size));
  return timeline;
}

it("takes a step where it stands, knows it again, and refuses one from elsewhere", () => {
  const timeline = upTo(2);

  expect([timeline.take(step(2)), timeline.take(step(1)), timeline.take(step(4)), timeline.take(step(3))]).toEqual([
    "known", "known", "apart", "new",
  ]);
  expect(timeline.position).toBe("c3");
});

it("tells what follows a position, and whether it knows the position", () => {
  const timeline = upTo(3);

  expect(timeline.after("c0")?.map(({ next }) => next)).toEqual(["c1", "c2", "c3"]);
  expect(timeline.after("c2")?.map(({ next }) => next)).toEqual(["c3"]);
  expect(timeline.after("c3")).toEqual([]);
  expect(timeline.after("c9")).toBeUndefined();
});

it("keeps 500 steps, or a million characters of them, and at least one", () => {
  const many = upTo(501), large = upTo(3, 400_000), huge = upTo(2, 2_000_000);

  expect([many.after("c0"), many.after("c1")?.length]).toEqual([undefined, 500]);
  expect([large.after("c0"), large.after("c1")?.length]).toEqual([undefined, 2]);
  expect([huge.after("c0"), huge.after("c1")?.length]).toEqual([undefined, 1]);
});

it("begins anew without what was before", () => {
  const timeline = upTo(2);
  timeline.begin("x");

  expect([timeline.position, timeline.after("c1"), timeline.take(step(2))]).toEqual(["x", undefined, "apart"]);
});
