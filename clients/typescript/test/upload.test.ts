import { describe, expect, test } from "vitest";

import { checkFiles, EdgeError, type Progress, UPLOAD_LIMITS } from "../src/index.js";
import { bearer, edgeOf, fail, json, Login, serve, serveRaw } from "./support/server.js";
import { XHR } from "./support/xhr.js";

const ACCEPTED = { message: "2 files received.", batch_id: "b", correlation_id: "c-1" };
const MEGABYTE = 1_048_576;

const essay = (name: string, bytes = 10) => new File(["x".repeat(bytes)], name);
/** A file that says it is larger than it is, so that a test needs no memory. */
const claiming = (name: string, bytes: number) => Object.defineProperty(essay(name), "size", { value: bytes });

const WAYS = [
  ["by XMLHttpRequest", XHR],
  ["by fetch", undefined],
] as const;

describe.each(WAYS)("an upload %s", (_, XMLHttpRequest) => {
  test("sends the batch and its files in order, and resolves to the answer", async () => {
    const server = await serve((_, response) => json(response, 202, ACCEPTED));

    const accepted = await edgeOf(server, { XMLHttpRequest }).upload("b", [essay("åke.pdf"), essay("B.DOCX")]);

    expect(accepted).toEqual(ACCEPTED);
    const [request] = server.received;
    expect(request).toMatchObject({ method: "POST", path: "/v1/files/batch", headers: { authorization: "Bearer t0" } });
    expect(request?.body.match(/name="[^"]*"(; filename="[^"]*")?/g)).toEqual([
      'name="batch_id"',
      'name="files"; filename="åke.pdf"',
      'name="files"; filename="B.DOCX"',
    ]);
  });

  test("ends with everything sent", async () => {
    const server = await serve((_, response) => json(response, 202, ACCEPTED));
    const told: Progress[] = [];

    await edgeOf(server, { XMLHttpRequest }).upload("b", [essay("a.txt", 200_000), essay("b.txt", 100_000)], {
      onProgress: (progress) => told.push(progress),
    });

    expect(told.at(-1)).toEqual({
      loaded: 300_000,
      total: 300_000,
      files: [
        { name: "a.txt", loaded: 200_000, total: 200_000 },
        { name: "b.txt", loaded: 100_000, total: 100_000 },
      ],
    });
  });

  test("is repeated, whole, after the token was refreshed", async () => {
    const server = await serve((request, response) =>
      bearer(request) === "t1"
        ? json(response, 202, ACCEPTED)
        : fail(response, 401, "AUTHENTICATION_ERROR", { reason: "token_expired" }),
    );
    const session = new Login();

    await edgeOf(server, { XMLHttpRequest, session }).upload("b", [essay("a.txt", 300_000)]);

    expect(session.refreshes).toBe(1);
    expect(server.received.map(({ body }) => body.length > 300_000)).toEqual([true, true]);
  });

  test.each([
    [502, "<html>Bad gateway</html>", "UNEXPECTED_ANSWER", "check"],
    [202, "<html>Log in</html>", "UNEXPECTED_ANSWER", "report"],
  ])("answered with %i and a page is an EdgeError, and isn't repeated", async (status, page, code, advice) => {
    const server = await serve((_, response) => void response.writeHead(status).end(page));

    const upload = edgeOf(server, { XMLHttpRequest }).upload("b", [essay("a.txt")]);

    await expect(upload).rejects.toMatchObject({ name: "EdgeError", code, status, advice });
    expect(server.received.length).toBe(1);
  });

  test("that is cut off is a NETWORK_ERROR, and may have arrived", async () => {
    const server = await serveRaw((message) => void message.once("data", () => message.destroy()));

    const upload = edgeOf(server, { XMLHttpRequest }).upload("b", [essay("a.txt", MEGABYTE)]);

    await expect(upload).rejects.toMatchObject({ code: "NETWORK_ERROR", advice: "check" });
  });

  test("ends with the signal's reason", async () => {
    const server = await serveRaw(() => {});
    const controller = new AbortController();
    const reason = new Error("cancelled");

    const upload = edgeOf(server, { XMLHttpRequest }).upload("b", [essay("a.txt", MEGABYTE)], {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(reason), 50);

    await expect(upload).rejects.toBe(reason);
  });

  test("that rests too long is ended", async () => {
    const server = await serveRaw(() => {});

    const upload = edgeOf(server, { XMLHttpRequest }).upload("b", [essay("a.txt")], { timeoutMs: 100 });

    await expect(upload).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED", advice: "check" });
  });
});

describe("while it is sent", () => {
  test("progress rises, one file after the other", async () => {
    const server = await serve((_, response) => json(response, 202, ACCEPTED));
    const told: Progress[] = [];
    const files = [essay("a.txt", 300_000), essay("b.txt", 300_000)];

    await edgeOf(server, { XMLHttpRequest: XHR }).upload("b", files, { onProgress: (each) => told.push(each) });

    expect(told.length).toBeGreaterThan(5);
    expect(told.map(({ loaded }) => loaded)).toEqual(told.map(({ loaded }) => loaded).sort((a, b) => a - b));
    for (const { loaded, files: [first, second] } of told) {
      expect((first?.loaded ?? 0) + (second?.loaded ?? 0)).toBe(loaded);
      if (second?.loaded) expect(first?.loaded).toBe(300_000);
    }
  });

  test("a slow one isn't ended as long as it moves", async () => {
    const server = await serveRaw(async (message, response) => {
      let megabytes = 0;
      for await (const chunk of message) {
        const before = Math.floor(megabytes / 8);
        megabytes += (chunk as Buffer).length / MEGABYTE;
        if (before < 3 && Math.floor(megabytes / 8) > before) await new Promise((resolve) => setTimeout(resolve, 700));
      }
      json(response, 202, ACCEPTED);
    });
    const begun = performance.now();

    await edgeOf(server, { XMLHttpRequest: XHR }).upload("b", [essay("a.txt", 40 * MEGABYTE)], { timeoutMs: 1500 });

    expect(performance.now() - begun).toBeGreaterThan(1500);
  });

  test.each([
    [413, "PAYLOAD_TOO_LARGE", { filename: "a.txt", limit_bytes: 1 }],
    [415, "UNSUPPORTED_MEDIA_TYPE", { filename: "a.txt", supported_extensions: [".pdf"] }],
  ])("a refusal with %i is told before the rest is read", async (status, code, details) => {
    let readBytes = 0;
    const server = await serveRaw((message, response) => {
      message.once("data", (chunk: Buffer) => {
        readBytes += chunk.length;
        message.pause();
        fail(response, status, code, details, { Connection: "close" });
      });
    });

    const upload = edgeOf(server, { XMLHttpRequest: XHR }).upload("b", [essay("a.txt", 20 * MEGABYTE)]);

    await expect(upload).rejects.toMatchObject({ code, status, details, advice: "correct", correlationId: "c-1" });
    expect(readBytes).toBeLessThan(MEGABYTE);
  });
});

describe("before a byte is sent", () => {
  const { fileBytes, requestBytes, files: most } = UPLOAD_LIMITS;

  test.each([
    ["a type that isn't taken", [essay("a.odt")], "UNSUPPORTED_MEDIA_TYPE", { filename: "a.odt" }],
    ["a name without an extension", [essay("essay")], "UNSUPPORTED_MEDIA_TYPE", { filename: "essay" }],
    ["a name that is an extension", [essay(".pdf")], "UNSUPPORTED_MEDIA_TYPE", { filename: ".pdf" }],
    ["a large file", [claiming("a.pdf", fileBytes + 1)], "PAYLOAD_TOO_LARGE", { filename: "a.pdf" }],
    [
      "much in all",
      [essay("a.pdf"), claiming("b.pdf", fileBytes), claiming("c.pdf", fileBytes)],
      "PAYLOAD_TOO_LARGE",
      { limit_bytes: requestBytes },
    ],
    ["many files", Array(most + 1).fill(essay("a.pdf")), "PAYLOAD_TOO_LARGE", { limit_count: most }],
    ["no file", [], "MISSING_REQUIRED_FIELD", { field: "files" }],
  ])("%s is refused", async (_, files: File[], code, details) => {
    const server = await serve((_, response) => json(response, 202, ACCEPTED));

    const error: unknown = await edgeOf(server).upload("b", files).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(EdgeError);
    expect(error).toMatchObject({ code, details, advice: "correct" });
    expect(server.received).toEqual([]);
  });

  test("every file is checked", () => {
    const faults = checkFiles([essay("a.odt"), essay("b.pdf"), essay("c.zip"), claiming("d.rtf", fileBytes + 1)]);

    expect(faults.map(({ details }) => details["filename"])).toEqual(["a.odt", "c.zip", "d.rtf"]);
  });

  test("what the gateway takes is not refused", () => {
    expect(checkFiles([essay("A.PDF"), essay("b.docx"), essay("c.tar.txt"), claiming("d.rtf", fileBytes)])).toEqual([]);
  });
});
