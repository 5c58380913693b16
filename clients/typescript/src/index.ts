export { type Closed, describe, type Description, type Language, loadTexts } from "./describe.js";
export { type Advice, type ClientCode, type EdgeCode, EdgeError } from "./errors.js";
export * from "./feed/index.js";
export type { AuthReason, CloseCode, ErrorCode } from "./generated/codes.js";
export { UPLOAD_LIMITS } from "./generated/rules.js";
export type { components, paths } from "./generated/schema.js";
