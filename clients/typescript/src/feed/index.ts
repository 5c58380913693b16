export type { CursorStore } from "./cursor_store.js";
export type { Environment } from "./environment.js";
export type { Feed, FeedOptions, FeedState, FeedStatus, Lost } from "./feed.js";
export { createFeed } from "./feed.js";
export type * from "../generated/frames.js";
export type { Handler, HandlerFailure, Offer } from "./inbox.js";
export type { Ending } from "./protocol.js";
export { utc } from "./protocol.js";
