export { type Closed, describe, type Description, type Language, loadTexts } from "./describe.js";
export {
  type CallOptions,
  createEdge,
  type DataOf,
  type Edge,
  type EdgeOptions,
  type Init,
  type Method,
  type PathOf,
  type RawBody,
  type Success,
} from "./edge.js";
export { type Advice, type ClientCode, type EdgeCode, EdgeError } from "./errors.js";
export * from "./feed/index.js";
export type { AuthReason, CloseCode, ErrorCode } from "./generated/codes.js";
export { UPLOAD_LIMITS } from "./generated/rules.js";
export type { components, paths } from "./generated/schema.js";
export type { PollOptions } from "./poll.js";
export type { Session } from "./session.js";
export { checkFiles, type Progress, type UploadOptions } from "./upload.js";
