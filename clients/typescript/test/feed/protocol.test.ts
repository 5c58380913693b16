import { describe, expect, it } from "vitest";

import { closeEnding, errorEnding, readFrame, ticketEnding, utc, waitMs } from "../../src/feed/protocol.js";

describe("the wait after an end", () => {
  it.each([
    [1008, { message: "token_expired" }, 0, 0, 0],
    [1008, { message: "revoked" }, 0, 0, 0],
    [1008, { message: "rate" }, 0, 60_000, 120_000],
    [1009, { message: "too_big" }, 0, 0, 0],
    [1011, { message: "internal" }, 0, 0, 2_000],
    [1012, { message: "restart", retry_after_ms: 1500 }, 0, 1500, 1500],
    [1012, { message: "restart", retry_after_ms: 0 }, 3, 0, 0],
    [1013, { message: "overload", retry_after_ms: 4926 }, 9, 4926, 4926],
    [4000, { message: "connection_limit" }, 0, 60_000, 120_000],
    [4008, { message: "too_slow" }, 0, 0, 0],
    [4408, { message: "idle" }, 0, 0, 0],
    [1006, {}, 0, 0, 2_000],
    [1006, {}, 2, 0, 8_000],
    [1008, { message: "token_invalid" }, 1, 0, 4_000],
    [4008, { message: "too_slow" }, 3, 0, 16_000],
    [1006, {}, 60, 0, 30_000],
    [4999, {}, 0, 0, 2_000],
  ])("is the page's: %i %o after %i failures", (code, reason, failures, shortest, longest) => {
    const end = closeEnding(code, JSON.stringify(reason));

    expect(waitMs(end, failures, 2_000, () => 0)).toBe(shortest);
    expect(waitMs(end, failures, 2_000, () => 1)).toBe(longest);
  });
});

describe("an end", () => {
  it.each(["", "{", "null", "[]", '"text"', "<html>"])("may have any reason: %s", (reason) => {
    expect(closeEnding(1006, reason).code).toBe(1006);
  });

  it.each([
    [{ code: "CONNECTION_LIMIT", details: {} }, 4000, undefined],
    [{ code: "AUTHENTICATION_ERROR", details: { reason: "token_expired" } }, 1008, undefined],
    [{ code: "SERVICE_RESTART", details: { retry: { after_seconds: 1.5 } } }, 1012, 1500],
    [{ code: "SERVICE_UNAVAILABLE", details: { retry: { after_seconds: 1 } } }, 1011, 1000],
    [undefined, 1011, undefined],
  ])("of a stream reads as a close: %o", (error, code, retryAfterMs) => {
    expect(errorEnding(error)).toMatchObject({ code, retryAfterMs });
  });

  it.each([undefined, null, "text", 7, new Error("any")])("before the ticket came is a broken network: %o", (error) => {
    expect(ticketEnding(error)).toMatchObject({ code: 1006, error });
  });
});

describe("a frame", () => {
  it.each(["", "7", "null", "[]", "{}", '{"event":7}'])("is nothing else: %s", (text) => {
    expect(readFrame(text)).toBeUndefined();
  });
});

describe("a time", () => {
  it.each([
    ["2026-01-01T10:00:00", "2026-01-01T10:00:00Z"],
    ["2026-01-01T10:00:00.123456", "2026-01-01T10:00:00.123456Z"],
    ["2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"],
    ["2026-01-01T10:00:00+01:00", "2026-01-01T10:00:00+01:00"],
    ["2026-01-01", "2026-01-01"],
    ["", ""],
  ])("without a zone is UTC: %s", (time, read) => {
    expect(utc(time)).toBe(read);
  });
});
