// What a dashboard's own tests use in place of the edge: the real client talks to it, and no network is used.
export {
  after,
  networkError,
  noAnswer,
  page,
  type Play,
  refusal,
  type Refusal,
  type ScriptedAnswer,
  success,
  type SuccessOptions,
} from "./testing/answers.js";
export { type Answering, type ReceivedCall, scriptedEdge, type ScriptedEdge } from "./testing/edge.js";
export { type ClientMessage, scriptedFeed, type ScriptedFeed, type ScriptOptions } from "./testing/feed.js";
