// A tab's position in the user's history. Cursors can't be compared, so every step names the position it follows:
// a step is new exactly where the tab stands, whichever connection or tab brought it.
import type { ChainedFrame } from "../generated/frames.js";

/** One step through the history: the frame that leads from `prev` to `next`. */
export interface Step {
  readonly prev: string;
  readonly next: string;
  readonly frame: ChainedFrame;
  /** The length of the frame's text. */
  readonly size: number;
}

export interface Timeline {
  readonly position: string;
  /** Takes a step: `new`, `known` from before, or `apart` from where this tab stands. */
  take(step: Step): "new" | "known" | "apart";
  /** Returns the steps that follow `position`; undefined when they aren't known. */
  after(position: string): readonly Step[] | undefined;
  /** Begins again at `position`. */
  begin(position: string): void;
}

const MOST_STEPS = 500;
const MOST_CHARACTERS = 1_000_000;

export function createTimeline(): Timeline {
  let position = "";
  let steps: Step[] = [];
  let size = 0;
  return {
    get position() {
      return position;
    },
    take(step) {
      if (step.prev !== position) return steps.some(({ next }) => next === step.next) ? "known" : "apart";
      position = step.next;
      steps.push(step);
      size += step.size;
      while (steps.length > MOST_STEPS || (size > MOST_CHARACTERS && steps.length > 1)) size -= steps.shift()!.size;
      return "new";
    },
    after(from) {
      if (from === position) return [];
      const place = steps.findIndex(({ prev }) => prev === from);
      return place < 0 ? undefined : steps.slice(place);
    },
    begin(from) {
      position = from;
      steps = [];
      size = 0;
    },
  };
}
