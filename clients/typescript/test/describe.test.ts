import { expect, onTestFinished, test, vi } from "vitest";

import { describe, EdgeError, loadTexts } from "../src/index.js";
import * as en from "../src/generated/en.js";
import * as sv from "../src/generated/sv.js";

const edgeError = (code: string, status: number) =>
  new EdgeError({ code, status, message: "for developers", correlationId: "c-1" });

const LANGUAGES = [
  ["en", en],
  ["sv", sv],
] as const;

test.each(LANGUAGES)("describes a code of the catalogue by its texts in %s", async (lang, { errors }) => {
  const [title, message, advice] = errors.INSUFFICIENT_CREDITS;

  const described = await describe(edgeError("INSUFFICIENT_CREDITS", 402), lang);

  expect(described).toEqual({ title, message, advice, lang, correlationId: "c-1" });
});

test.each(["NETWORK_ERROR", "DEADLINE_EXCEEDED", "UNEXPECTED_ANSWER", "4xx", "5xx"])(
  "has words in both languages for %s",
  async (code) => {
    const inEnglish = await describe(edgeError(code, 0), "en");
    const inSwedish = await describe(edgeError(code, 0), "sv");

    expect([inEnglish.lang, inSwedish.lang]).toEqual(["en", "sv"]);
    expect(inSwedish.title).not.toBe(inEnglish.title);
    expect(inSwedish.message).not.toBe(inEnglish.message);
    expect(inSwedish.advice).not.toBe(inEnglish.advice);
  },
);

test("both languages describe the same codes", () => {
  expect(Object.keys(sv.errors)).toEqual(Object.keys(en.errors));
  expect(Object.keys(sv.closes)).toEqual(Object.keys(en.closes));
  expect(sv.ranges.map(([first, last]) => [first, last])).toEqual(en.ranges.map(([first, last]) => [first, last]));
});

test("describes an unknown code in the language that was asked for", async () => {
  const described = await describe(edgeError("FROM_A_NEWER_SERVICE", 404), "sv");

  expect([described.title, described.lang]).toEqual(["Det gick inte att genomföra", "sv"]);
});

test.each([
  [404, "That couldn't be done"],
  [503, "Something went wrong"],
])("describes an unknown code by its status %i", async (status, title) => {
  expect((await describe(edgeError("FROM_A_NEWER_SERVICE", status), "en")).title).toBe(title);
});

test.each(LANGUAGES)("describes how the feed closed in %s", async (lang, { closes }) => {
  const reason = JSON.stringify({ error_code: "CONNECTION_LIMIT", message: "connection_limit", correlation_id: "c-2" });

  const described = await describe({ code: 4000, reason }, lang);

  const [title, message, advice] = closes[4000];
  expect(described).toEqual({ title, message, advice, lang, correlationId: "c-2" });
});

test.each([
  ["AUTHENTICATION_ERROR", en.errors.AUTHENTICATION_ERROR],
  ["RATE_LIMIT", en.errors.RATE_LIMIT],
  ["FROM_A_NEWER_SERVICE", en.closes[1008]],
])("describes a close for a reason by its error code %s", async (error_code, [title, message, advice]) => {
  const described = await describe({ code: 1008, reason: JSON.stringify({ error_code }) }, "en");

  expect(described).toMatchObject({ title, message, advice });
});

test("describes a failure of the server as an interruption, whatever failed", async () => {
  const described = await describe({ code: 1011, reason: JSON.stringify({ error_code: "UNKNOWN_ERROR" }) }, "en");

  expect(described.title).toBe(en.closes[1011][0]);
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

function lose(...languages: string[]) {
  vi.resetModules();
  for (const lang of languages) {
    vi.doMock(`../src/texts/${lang}.js`, () => {
      throw new TypeError("Failed to fetch dynamically imported module");
    });
  }
  onTestFinished(() => {
    for (const lang of languages) vi.doUnmock(`../src/texts/${lang}.js`);
    vi.resetModules();
  });
}

test("never rejects: without the texts it says what the error says", async () => {
  lose("en", "sv");
  const offline = await import("../src/index.js");
  const error = new offline.EdgeError({ code: "NETWORK_ERROR", status: 0, message: "No answer came." });

  expect((await offline.describe(error, "sv")).title).toBe("No answer came.");
});

test.each([
  ["sv", "en", "HuleEdu can't be reached"],
  ["en", "sv", "HuleEdu går inte att nå"],
] as const)("without the texts in %s it speaks %s", async (asked, spoken, title) => {
  lose(asked);
  const offline = await import("../src/index.js");
  const error = new offline.EdgeError({ code: "NETWORK_ERROR", status: 0, message: "No answer came." });

  expect(await offline.describe(error, asked)).toMatchObject({ title, lang: spoken });
});

test("texts can be loaded ahead", async () => {
  await expect(loadTexts("sv")).resolves.toBeUndefined();
});

test("describes why a feed is not live", async () => {
  const closed = { code: 1008, message: "token_expired", errorCode: "AUTHENTICATION_ERROR", correlationId: "c-3" };
  const unopened = { code: 1006, error: edgeError("NETWORK_ERROR", 0) };

  const [ended, failed] = [await describe(closed, "sv"), await describe(unopened, "sv")];

  expect([ended.title, ended.correlationId]).toEqual([sv.errors.AUTHENTICATION_ERROR[0], "c-3"]);
  expect([failed.title, failed.correlationId]).toEqual(["HuleEdu går inte att nå", "c-1"]);
});
