// One connection for all tabs of a user: the tab that holds the lock leads and relays what arrives; the others follow.
// A follower accepts a relayed step only where it stands itself. Where it stands apart from the leader it asks for the
// steps between, and where the leader doesn't know them, or doesn't answer, it catches up by a connection of its own.
import type { Log, Surroundings } from "./environment.js";
import { attempt } from "./environment.js";
import type { AnyFrame } from "../generated/frames.js";
import type { LinkStatus } from "./link.js";
import type { Step } from "./timeline.js";

/** Whose connection a tab uses. */
export type Role =
  /** Its own, for all tabs. */
  | "leader"
  /** The leader's. */
  | "follower"
  /** The leader's, and its own until it has caught up. */
  | "catching-up"
  /** Its own, since the leader doesn't answer. */
  | "orphan";

export interface TabsHost {
  position(): string;
  status(): LinkStatus;
  after(position: string): readonly Step[] | undefined;
  begin(position: string): void;
  take(step: Step): "new" | "known" | "apart";
  relayed(frame: AnyFrame): void;
  leaderStatus(status: LinkStatus): void;
  role(role: Role): void;
  seen(id: string): void;
  reconnect(): void;
  /** Makes the attempt that is due; timers of a hidden tab come late. */
  overdue(): void;
}

export interface Tabs {
  /** Tells the other tabs; only the leader's steps, frames and status matter to them. */
  tell(word: Word): void;
  /** Asks the leader what this tab lacks. */
  greet(): void;
  leave(): void;
}

export type Word =
  | { readonly type: "hello"; readonly tab: string; readonly at: string }
  | {
      readonly type: "answer";
      readonly to: string;
      readonly at: string;
      readonly status: LinkStatus;
      readonly steps: readonly Step[] | undefined;
    }
  | { readonly type: "lead" }
  | { readonly type: "status"; readonly status: LinkStatus }
  | { readonly type: "step"; readonly step: Step }
  | { readonly type: "loose"; readonly frame: AnyFrame }
  | { readonly type: "seen"; readonly id: string }
  | { readonly type: "reconnect" };

const GREET_EACH_MS = 30_000;
const GREET_AGAIN_MS = 1_000;
const ANSWER_WITHIN_MS = 5_000;

/** Joins the tabs of `name`; undefined where the browser lacks locks or channels. */
export function joinTabs(env: Surroundings, log: Log, name: string, host: TabsHost): Tabs | undefined {
  if (!env.locks || !env.BroadcastChannel) return undefined;
  const { locks } = env;
  const channel = attempt(() => new env.BroadcastChannel!(name));
  if (!channel) return undefined;
  const tab = env.random().toString(36).slice(2);
  const leaving = new AbortController();
  let role: Role = "follower";
  let release = () => {}, cancelGreeting = () => {};
  let doubts = 0;

  channel.onmessage = ({ data }: { data: Word }) => hear(data);
  locks
    .request(name, { signal: leaving.signal }, () => {
      if (leaving.signal.aborted) return Promise.resolve();
      lead();
      return new Promise((resolve) => (release = resolve));
    })
    .catch((error: unknown) => {
      if (leaving.signal.aborted) return;
      log("no lock", { error });
      lead();
    });
  greet();
  return {
    tell,
    greet,
    leave() {
      leaving.abort();
      cancelGreeting();
      channel.onmessage = null;
      channel.close();
      release();
    },
  };

  function tell(word: Word): void {
    if (!leaving.signal.aborted) channel!.postMessage(word);
  }

  function become(next: Role): void {
    if (role === next) return;
    log("role", { role: next });
    role = next;
    host.role(next);
  }

  function lead(): void {
    cancelGreeting();
    become("leader");
    tell({ type: "lead" });
  }

  function greet(): void {
    if (role === "leader") return;
    tell({ type: "hello", tab, at: host.position() });
    greetIn(ANSWER_WITHIN_MS, () => become("orphan"));
  }

  function greetIn(ms: number, first = () => {}): void {
    cancelGreeting();
    cancelGreeting = env.after(ms, () => {
      first();
      greet();
    });
  }

  function hear(word: Word): void {
    if (word.type === "seen" || word.type === "reconnect") {
      if (role !== "leader") return;
      if (word.type === "seen") host.seen(word.id);
      else host.reconnect();
    } else if (word.type === "hello") answer(word.tab, word.at);
    else if (role !== "leader") follow(word);
  }

  function answer(to: string, at: string): void {
    if (role !== "leader") return;
    host.overdue();
    const steps = at === "" ? [] : host.after(at);
    tell({ type: "answer", to, at: host.position(), status: sendable(host.status()), steps });
  }

  function follow(word: Word): void {
    switch (word.type) {
      case "lead":
        return greet();
      case "status":
        return heed(word.status);
      case "loose":
        return host.relayed(word.frame);
      case "step":
        if (host.take(word.step) === "new") agree();
        else if (doubts === 0 && word.step.next !== host.position()) greet();
        return;
      case "answer":
        if (word.to !== tab) return;
        if (host.position() === "") host.begin(word.at);
        for (const step of word.steps ?? []) host.take(step);
        if (host.position() === word.at) agree();
        else disagree();
        heed(word.status);
    }
  }

  /** Takes the leader's status, and reminds the leader of its next attempt, which a hidden tab may sleep through. */
  function heed(status: LinkStatus): void {
    host.leaderStatus(status);
    const lateMs = (status.retryAt ?? Infinity) - env.now() + GREET_AGAIN_MS;
    if (lateMs < GREET_EACH_MS && doubts === 0) greetIn(Math.max(GREET_AGAIN_MS, lateMs));
  }

  function agree(): void {
    doubts = 0;
    become("follower");
    greetIn(GREET_EACH_MS);
  }

  /** The leader stands elsewhere: it may only be a moment behind, else this tab has to catch up by itself. */
  function disagree(): void {
    doubts += 1;
    if (doubts > 1) become("catching-up");
    greetIn(GREET_AGAIN_MS);
  }
}

/** Returns the status without what was thrown, which can't always be copied to another tab. */
export function sendable(status: LinkStatus): LinkStatus {
  if (!status.reason) return status;
  const { error: _, ...reason } = status.reason;
  return { ...status, reason };
}
