import { expect, onTestFinished, test, vi } from "vitest";

import { describe, EdgeError, loadTexts } from "../src/index.js";
import { closes, errors } from "../src/generated/en.js";
import { texts as sv } from "../src/texts/sv.js";

const edgeError = (code: string, status: number) =>
  new EdgeError({ code, status, message: "for developers", correlationId: "c-1" });

test("describes a code of the catalogue by its texts", async () => {
  const [title, message, advice] = errors.INSUFFICIENT_CREDITS;

  const described = await describe(edgeError("INSUFFICIENT_CREDITS", 402), "en");

  expect(described).toEqual({ title, message, advice, lang: "en", correlationId: "c-1" });
});

test.each(["NETWORK_ERROR", "DEADLINE_EXCEEDED", "UNEXPECTED_ANSWER"])("has words in both languages for %s", async (code) => {
  const inEnglish = await describe(edgeError(code, 0), "en");
  const inSwedish = await describe(edgeError(code, 0), "sv");

  expect([inEnglish.lang, inSwedish.lang]).toEqual(["en", "sv"]);
  expect(inSwedish.title).not.toBe(inEnglish.title);
});

test("falls back to English where Swedish has no text", async () => {
  const missing = Object.keys(errors).find((code) => !(code in sv.errors));
  if (missing === undefined) return;

  expect((await describe(edgeError(missing, 400), "sv")).lang).toBe("en");
});

test("describes an unknown code in the language that was asked for", async () => {
  const described = await describe(edgeError("FROM_A_NEWER_SERVICE", 404), "sv");

  expect([described.title, described.lang]).toEqual(["Begäran avvisades", "sv"]);
});

test.each([
  [404, "The request was refused"],
  [503, "Something went wrong"],
])("describes an unknown code by its status %i", async (status, title) => {
  expect((await describe(edgeError("FROM_A_NEWER_SERVICE", status), "en")).title).toBe(title);
});

test("describes how the feed closed", async () => {
  const reason = JSON.stringify({ error_code: "CONNECTION_LIMIT", message: "connection_limit", correlation_id: "c-2" });

  const described = await describe({ code: 4000, reason }, "en");

  const [message, advice] = closes[4000];
  expect(described).toEqual({
    title: errors.CONNECTION_LIMIT[0],
    message,
    advice,
    lang: "en",
    correlationId: "c-2",
  });
});

test.each([
  [1006, "not JSON"],
  [4444, ""],
  [4999, "{}"],
  [1012, "[1]"],
])("describes close code %i with the reason %j", async (code, reason) => {
  const described = await describe({ code, reason }, "en");

  expect(described.title).not.toBe("");
  expect(described.message).not.toBe("");
});

test.each([[new Error("a bug")], ["text"], [undefined]])("has words for %o", async (what) => {
  expect((await describe(what, "en")).title).toBe("Something went wrong");
});

test("never rejects: without the texts it says what the error says", async () => {
  vi.resetModules();
  vi.doMock("../src/texts/en.js", () => {
    throw new TypeError("Failed to fetch dynamically imported module");
  });
  vi.doMock("../src/texts/sv.js", () => {
    throw new TypeError("Failed to fetch dynamically imported module");
  });
  onTestFinished(() => {
    vi.doUnmock("../src/texts/en.js");
    vi.doUnmock("../src/texts/sv.js");
    vi.resetModules();
  });
  const offline = await import("../src/index.js");
  const error = new offline.EdgeError({ code: "NETWORK_ERROR", status: 0, message: "No answer came." });

  expect((await offline.describe(error, "sv")).title).toBe("No answer came.");
});

test("texts can be loaded ahead", async () => {
  await expect(loadTexts("sv")).resolves.toBeUndefined();
});
