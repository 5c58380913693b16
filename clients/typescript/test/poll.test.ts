import { expect, onTestFinished, test, vi } from "vitest";

import { type EdgeError } from "../src/index.js";
import { edgeOf, fail, json, serve } from "./support/server.js";

const PATH = "/v1/batches" as const;

test("tells each answer that differs, and sends its tag", async () => {
  const answers = ["a", "a", "b", "b"];
  const server = await serve((request, response, at) => {
    const tag = `"${answers[at] ?? "b"}"`;
    if (request.headers["if-none-match"] === tag) return void response.writeHead(304, { ETag: tag }).end();
    return json(response, 200, { batches: [], at }, { ETag: tag });
  });
  const stop = new AbortController();
  const told: unknown[] = [];

  await edgeOf(server).poll(PATH, {
    everyMs: 10,
    signal: stop.signal,
    onChange: (_, response) => {
      told.push(response.headers.get("ETag"));
      if (told.length === 2) setTimeout(() => stop.abort(), 50);
    },
  });

  expect(told).toEqual(['"a"', '"b"']);
  expect(server.received.slice(0, 4).map(({ headers }) => headers["if-none-match"])).toEqual([
    undefined,
    '"a"',
    '"a"',
    '"b"',
  ]);
});

test("compares answers that have no tag", async () => {
  const server = await serve((_, response, at) => json(response, 200, { total: at < 3 ? 0 : 1 }));
  const stop = new AbortController();
  const told: unknown[] = [];

  await edgeOf(server).poll(PATH, {
    everyMs: 5,
    signal: stop.signal,
    onChange: (data) => {
      told.push(data);
      if (told.length === 2) stop.abort();
    },
  });

  expect(told).toEqual([{ total: 0 }, { total: 1 }]);
});

test("goes on after a failure that passes, later and later, and tells it", async () => {
  const server = await serve((_, response, at) =>
    at < 2 ? fail(response, 503, "SERVICE_UNAVAILABLE") : json(response, 200, {}),
  );
  const stop = new AbortController();
  const failures: EdgeError[] = [];

  await edgeOf(server, { retries: 0 }).poll(PATH, {
    everyMs: 20,
    signal: stop.signal,
    onError: (error) => failures.push(error),
    onChange: () => stop.abort(),
  });

  expect(failures.map(({ code }) => code)).toEqual(["SERVICE_UNAVAILABLE", "SERVICE_UNAVAILABLE"]);
});

test("ends with an error that doesn't pass", async () => {
  const server = await serve((_, response) => fail(response, 404, "RESOURCE_NOT_FOUND"));

  const polling = edgeOf(server).poll(PATH, { everyMs: 5, signal: new AbortController().signal, onChange() {} });

  await expect(polling).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
});

test("ends with what onChange throws", async () => {
  const server = await serve((_, response) => json(response, 200, {}));
  const thrown = new Error("no such element");

  const polling = edgeOf(server).poll(PATH, {
    everyMs: 5,
    signal: new AbortController().signal,
    onChange: () => Promise.reject(thrown),
  });

  await expect(polling).rejects.toBe(thrown);
});

test("ends when its signal aborts, also during a call", async () => {
  const stop = new AbortController();
  const server = await serve(() => stop.abort());

  await edgeOf(server).poll(PATH, { everyMs: 5, signal: stop.signal, onChange() {} });

  expect(server.received.length).toBe(1);
});

test("rests while the page is hidden", async () => {
  const page = Object.assign(new EventTarget(), { visibilityState: "hidden" });
  vi.stubGlobal("document", page);
  onTestFinished(() => void vi.unstubAllGlobals());
  const server = await serve((_, response) => json(response, 200, {}));
  const stop = new AbortController();

  const polling = edgeOf(server).poll(PATH, { everyMs: 5, signal: stop.signal, onChange: () => stop.abort() });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const hidden = server.received.length;
  page.visibilityState = "visible";
  page.dispatchEvent(new Event("visibilitychange"));
  await polling;

  expect([hidden, server.received.length]).toEqual([0, 1]);
});
