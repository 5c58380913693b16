import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import { describe, expect, onTestFinished, test } from "vitest";

import { EdgeError } from "../src/index.js";
import { edgeOf, fail, json, serve } from "./support/server.js";

const PAGE = "<!doctype html><title>Log in to the network</title>";
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

async function errorOf(call: Promise<unknown>): Promise<EdgeError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(EdgeError);
  return error as EdgeError;
}

describe("a call", () => {
  test("sends the token and an id, and resolves to the body", async () => {
    const server = await serve((_, response) => json(response, 200, { status: "ready", details: {} }));

    const { data, response } = await edgeOf(server).GET("/v1/batches/{batch_id}/status", {
      params: { path: { batch_id: "b/ä" } },
    });

    expect([data.status, response.status]).toEqual(["ready", 200]);
    expect(server.received[0]).toMatchObject({
      path: "/v1/batches/b%2F%C3%A4/status",
      headers: { authorization: "Bearer t0", "x-correlation-id": expect.stringMatching(UUID) as string },
    });
  });

  test("keeps the slashes of a proxied path, and sends its query and its body", async () => {
    const server = await serve((_, response) => json(response, 200, {}));
    const edge = edgeOf({ url: `${server.url}/api/` });

    await edge.GET("/v1/batches", { params: { query: { limit: 5, status: "failed" } } });
    await edge.PUT("/v1/classes/{path}", { params: { path: { path: "c 1/students" } }, body: { name: "8B" } });

    expect(server.received.map(({ path, body }) => [path, body])).toEqual([
      ["/api/v1/batches?limit=5&status=failed", ""],
      ["/api/v1/classes/c%201/students", '{"name":"8B"}'],
    ]);
  });

  test.each(["", ".", ".."])("refuses %o in a path, which would lead to another route", async (id) => {
    const server = await serve((_, response) => json(response, 200, {}));

    const call = edgeOf(server).GET("/v1/batches/{batch_id}/status", { params: { path: { batch_id: id } } });

    await expect(call).rejects.toThrow(TypeError);
    expect(server.received).toEqual([]);
  });

  test("resolves to nothing when the answer is empty", async () => {
    const server = await serve((_, response) => void response.writeHead(204).end());

    const { data } = await edgeOf(server).DELETE("/v1/classes/{path}", { params: { path: { path: "c" } } });

    expect(data).toBeUndefined();
  });
});

describe("a refusal", () => {
  test("tells all that the edge told", async () => {
    const details = { field_errors: [{ pointer: "#/name", code: "REQUIRED", message: "Field required" }] };
    const server = await serve((_, response) => fail(response, 400, "VALIDATION_ERROR", details));

    const error = await errorOf(edgeOf(server).POST("/v1/classes", { body: { name: "", course_codes: [] } }));

    expect({ ...error, message: error.message }).toEqual({
      name: "EdgeError",
      message: "It is VALIDATION_ERROR.",
      code: "VALIDATION_ERROR",
      status: 400,
      advice: "correct",
      retryable: false,
      retryAfterMs: undefined,
      correlationId: "c-1",
      details,
      service: "ras",
    });
  });

  test.each([
    ["its own time", { retry: { retryable: true, after_seconds: 0.25 } }, { "Retry-After": "1" }, 250],
    ["the header's seconds", {}, { "Retry-After": "2" }, 2000],
    ["the header's date", {}, { "Retry-After": new Date(Date.now() - 1000).toUTCString() }, 0],
    ["no readable time", {}, { "Retry-After": "soon" }, undefined],
  ])("tells %s", async (_, details, headers, expected) => {
    const server = await serve((_, response) => fail(response, 503, "SERVICE_UNAVAILABLE", details, headers));

    const error = await errorOf(edgeOf(server, { retries: 0 }).GET("/v1/batches"));

    expect([error.retryAfterMs, error.advice]).toEqual([expected, "retry"]);
  });

  test.each([
    [502, "EXTERNAL_SERVICE_ERROR", {}, true, "retry"],
    [502, "INVALID_RESPONSE", {}, false, "report"],
    [429, "QUOTA_EXCEEDED", {}, false, "correct"],
    [409, "IDEMPOTENCY_IN_PROGRESS", {}, true, "retry"],
    [500, "UNKNOWN_ERROR", {}, false, "report"],
    [503, "FROM_A_NEWER_SERVICE", {}, true, "retry"],
    [404, "FROM_A_NEWER_SERVICE", {}, false, "correct"],
    [503, "SERVICE_UNAVAILABLE", { retry: { retryable: false } }, false, "report"],
  ])("%i %s %j: retryable %s, %s", async (status, code, details, retryable, advice) => {
    const server = await serve((_, response) => fail(response, status, code, details));

    const error = await errorOf(edgeOf(server, { retries: 0 }).GET("/v1/batches"));

    expect([error.code, error.retryable, error.advice]).toEqual([code, retryable, advice]);
  });

  test("of a command that may have been done advises to look first", async () => {
    const server = await serve((_, response) => fail(response, 504, "TIMEOUT"));
    const edge = edgeOf(server);

    const command = await errorOf(edge.POST("/v1/classes", { body: { name: "8B", course_codes: ["ENG5"] } }));
    const read = await errorOf(edge.GET("/v1/classes", { timeoutMs: 50 }));

    expect([command.advice, command.retryable, read.advice]).toEqual(["check", true, "retry"]);
  });
});

describe("an answer that isn't the edge's is an EdgeError", () => {
  test.each([
    [200, "text/html", PAGE, false],
    [502, "text/html", PAGE, true],
    [503, "text/plain", "", true],
    [403, "application/json", "null", false],
    [500, "application/json", '{"error":"down"}', false],
    [500, "application/json", '{"error":{"code":"UNK', false],
    [200, "application/json", '{"error":{"code":"UNK', false],
  ])("%i %s %j", async (status, type, body, retryable) => {
    const server = await serve((_, response) => void response.writeHead(status, { "Content-Type": type }).end(body));

    const error = await errorOf(edgeOf(server, { retries: 0 }).GET("/v1/batches"));

    expect(error).toMatchObject({ code: "UNEXPECTED_ANSWER", status, retryable });
    expect(error.correlationId).toBe(server.received[0]?.headers["x-correlation-id"]);
  });
});

describe("without an answer", () => {
  /** A server that cuts each connection after it wrote `head`. */
  async function cutting(head: string): Promise<{ url: string; connections: () => number }> {
    let count = 0;
    const server = createServer((socket) => {
      count += 1;
      socket.once("data", () => (head ? socket.end(head) : socket.destroy()));
      socket.on("error", () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => count };
  }

  test.each([
    ["before its head", ""],
    ["in its head", "HTTP/1.1 200 OK\r\nContent-Le"],
    ["in its body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"],
    ["by what isn't HTTP", "SSH-2.0-OpenSSH_9.2\r\n"],
  ])("cut off %s, a read is tried thrice, then is a NETWORK_ERROR", async (_, head) => {
    const server = await cutting(head);

    const error = await errorOf(edgeOf(server).GET("/v1/batches"));

    expect(error).toMatchObject({ code: "NETWORK_ERROR", status: 0, retryable: true, advice: "retry" });
    expect(error.correlationId).toMatch(UUID);
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(server.connections()).toBe(3);
  });

  test("a command without a key is tried once", async () => {
    const server = await cutting("");

    const error = await errorOf(edgeOf(server).POST("/v1/ws/tickets"));

    expect([error.code, error.advice, server.connections()]).toEqual(["NETWORK_ERROR", "check", 1]);
  });

  test.each([
    ["head", () => {}],
    ["body", (response: { writeHead: (status: number) => { write: (text: string) => void } }) => {
      response.writeHead(200).write("{");
    }],
  ])("the deadline ends a slow %s", async (_, begin) => {
    const server = await serve((_, response) => begin(response));

    const error = await errorOf(edgeOf(server).GET("/v1/batches", { timeoutMs: 500 }));

    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", status: 0, retryable: true });
    expect(server.received.length).toBe(1);
  });

  test("the deadline ends a fetch that ignores its signal", async () => {
    const edge = edgeOf({ url: "http://nowhere" }, { fetch: () => new Promise(() => {}), timeoutMs: 50 });

    expect((await errorOf(edge.GET("/v1/batches"))).code).toBe("DEADLINE_EXCEEDED");
  });

  test("the caller's signal ends a call with its reason", async () => {
    const server = await serve(() => {});
    const controller = new AbortController();
    const reason = new Error("The page was left.");

    const call = edgeOf(server).GET("/v1/batches", { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);

    await expect(call).rejects.toBe(reason);
  });

  test("an aborted signal sends nothing", async () => {
    const server = await serve((_, response) => json(response, 200, {}));

    await expect(edgeOf(server).GET("/v1/batches", { signal: AbortSignal.abort() })).rejects.toThrow("aborted");

    expect(server.received).toEqual([]);
  });
});

describe("repetitions", () => {
  test("a read is repeated after Retry-After, with the same id", async () => {
    const times: number[] = [];
    const server = await serve((_, response, at) => {
      times.push(performance.now());
      if (at) json(response, 200, { batches: [] });
      else fail(response, 503, "SERVICE_UNAVAILABLE", { retry: { retryable: true, after_seconds: 0.2 } });
    });

    await edgeOf(server).GET("/v1/batches");

    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(195);
    expect(new Set(server.received.map(({ headers }) => headers["x-correlation-id"])).size).toBe(1);
  });

  test("none is begun that the deadline would end", async () => {
    const retry = { retryable: true, after_seconds: 60 };
    const server = await serve((_, response) => fail(response, 429, "RATE_LIMIT", { retry }));

    const error = await errorOf(edgeOf(server).GET("/v1/batches", { timeoutMs: 5000 }));

    expect([error.code, error.retryAfterMs, server.received.length]).toEqual(["RATE_LIMIT", 60_000, 1]);
  });

  test("a refusal that can't pass is not repeated", async () => {
    const server = await serve((_, response) => fail(response, 404, "RESOURCE_NOT_FOUND"));

    await errorOf(edgeOf(server).GET("/v1/batches"));

    expect(server.received.length).toBe(1);
  });

  test("a command that takes a key is repeated with the same one, and the next has another", async () => {
    const server = await serve((_, response, at) =>
      at === 0 ? void response.destroy() : json(response, 202, { batch_id: "b" }),
    );
    const edge = edgeOf(server);
    const body = { expected_essay_count: 1, course_code: "ENG5" } as const;

    await edge.POST("/v1/batches/register", { body });
    await edge.POST("/v1/batches/register", { body });
    await edge.POST("/v1/batches/register", { body, idempotencyKey: "click-1" });
    await edge.POST("/v1/batches/register", { body, params: { header: { "Idempotency-Key": "click-2" } } });

    const [first, again, ...others] = server.received.map(({ headers }) => headers["idempotency-key"]);
    expect(first).toMatch(UUID);
    expect(again).toBe(first);
    expect(others[0]).not.toBe(first);
    expect(others.slice(1)).toEqual(["click-1", "click-2"]);
    expect(server.received[1]?.body).toBe(server.received[0]?.body);
  });

  test("other calls carry no key", async () => {
    const server = await serve((_, response) => json(response, 201, {}));
    const edge = edgeOf(server);

    await edge.GET("/v1/batches");
    await edge.POST("/v1/classes", { body: { name: "8B", course_codes: ["ENG5"] } });

    expect(server.received.map(({ headers }) => headers["idempotency-key"])).toEqual([undefined, undefined]);
  });
});

test("a ticket for the feed", async () => {
  const server = await serve((_, response) => json(response, 201, { ticket: "abc", expires_in: 30 }));

  expect(await edgeOf(server).ticket()).toBe("abc");
  expect(server.received[0]).toMatchObject({ method: "POST", path: "/v1/ws/tickets" });
});
