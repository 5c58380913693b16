// What the real client makes of an answer, for each way in which it is given: scripted, and by a real HTTP server.
import type { IncomingMessage, ServerResponse } from "node:http";

import type { Edge, EdgeError } from "../../src/index.js";
import { after, networkError, noAnswer, page, refusal, type ScriptedEdge, success } from "../../src/testing.js";
import { bearer, fail, type Handler, json, type Login } from "../support/server.js";

export interface Claim {
  readonly title: string;
  /** How the scripted edge is told to answer. */
  readonly script: (scripted: ScriptedEdge) => void;
  /** How a server answers the same. */
  readonly serve: Handler;
  /** What a server does that doesn't read the body. */
  readonly serveRaw?: (message: IncomingMessage, response: ServerResponse) => void;
  /** Uses the client; returns what it told. */
  readonly use: (edge: Edge, session: Login) => Promise<unknown>;
  readonly told: unknown;
  /** The calls that arrive: method, path and token; left out where a server can't know. */
  readonly arrives?: readonly string[];
}

const PAGE = { batches: [], pagination: { limit: 20, offset: 0, total: 0 } };
const ACCEPTED = { batch_id: "b", message: "2 files received.", correlation_id: "6f0d1f64-3c1c-4f5e-9a0e-0f5b0c0d7a11" };
const REGISTERED = { batch_id: "b", correlation_id: "c", status: "accepted" };
const HTML = "<!doctype html><title>Log in to the network</title>";
const ESSAYS = [new File(["x".repeat(200_000)], "åke.pdf"), new File(["x".repeat(100_000)], "b.txt")];
const REGISTER = { body: { expected_essay_count: 1, course_code: "ENG5" } } as const;

const list = (edge: Edge) => edge.GET("/v1/batches").then(({ data, response }) => [response.status, data]);

/** An `EdgeError` as its members. */
const errorOf = (call: Promise<unknown>) =>
  call.then(
    () => "no error",
    ({ code, status, advice, retryable, retryAfterMs, details, correlationId }: EdgeError) => ({
      code, status, advice, retryable, retryAfterMs, details, isNumbered: correlationId.length > 0,
    }),
  );
const codeOf = (call: Promise<unknown>) =>
  call.then(() => "done", ({ code, advice }: EdgeError) => `${code} ${advice}`);

export const CLAIMS: readonly Claim[] = [
  {
    title: "a success is its body and status",
    script: ({ GET }) => GET("/v1/batches", PAGE),
    serve: (_, response) => json(response, 200, PAGE),
    use: list,
    told: [200, PAGE],
    arrives: ["GET /v1/batches t0"],
  },
  {
    title: "a command succeeds with the route's own status",
    script: ({ POST }) => POST("/v1/batches/register", REGISTERED),
    serve: (_, response) => json(response, 202, REGISTERED),
    use: async (edge) => {
      const { data, response } = await edge.POST("/v1/batches/register", REGISTER);
      return [response.status, data];
    },
    told: [202, REGISTERED],
    arrives: ["POST /v1/batches/register t0"],
  },
  {
    title: "headers are read, and the call's id comes back",
    script: ({ GET }) => GET("/v1/batches", success(PAGE, { headers: { "X-Total": "3" } })),
    serve: ({ headers }, response) => {
      json(response, 200, PAGE, { "X-Total": "3", "X-Correlation-ID": headers["x-correlation-id"] });
    },
    use: async (edge) => {
      const { response } = await edge.GET("/v1/batches", { headers: { "X-Correlation-ID": "c-7" } });
      return ["X-Total", "X-Correlation-ID"].map((name) => response.headers.get(name));
    },
    told: ["3", "c-7"],
  },
  {
    title: "an empty success is undefined",
    script: ({ DELETE }) => DELETE("/v1/classes/{path}", success()),
    serve: (_, response) => void response.writeHead(204).end(),
    use: async (edge) => {
      const { data, response } = await edge.DELETE("/v1/classes/{path}", { params: { path: { path: "c/d" } } });
      return [response.status, data];
    },
    told: [204, undefined],
    arrives: ["DELETE /v1/classes/c/d t0"],
  },
  {
    title: "a refusal has the status of its code",
    script: ({ POST }) =>
      POST("/v1/batches/{batch_id}/pipelines", refusal("INSUFFICIENT_CREDITS", { details: { required_credits: 3 } })),
    serve: (_, response) => fail(response, 402, "INSUFFICIENT_CREDITS", { required_credits: 3 }),
    use: (edge) =>
      errorOf(
        edge.POST("/v1/batches/{batch_id}/pipelines", {
          params: { path: { batch_id: "b" } },
          body: { requested_pipeline: "cj_assessment" },
        }),
      ),
    told: {
      code: "INSUFFICIENT_CREDITS", status: 402, advice: "correct", retryable: false, retryAfterMs: undefined,
      details: { required_credits: 3 }, isNumbered: true,
    },
    arrives: ["POST /v1/batches/b/pipelines t0"],
  },
  {
    title: "a refusal says when to try again, and is not repeated when that is too late",
    script: ({ GET }) => GET("/v1/batches", refusal("RATE_LIMIT", { retryAfterMs: 60_000 })),
    serve: (_, response) => {
      const retry = { retryable: true, after_seconds: 60 };
      fail(response, 429, "RATE_LIMIT", { retry }, { "Retry-After": "60" });
    },
    use: (edge) => errorOf(edge.GET("/v1/batches", { timeoutMs: 5000 })),
    told: {
      code: "RATE_LIMIT", status: 429, advice: "retry", retryable: true, retryAfterMs: 60_000,
      details: { retry: { retryable: true, after_seconds: 60 } }, isNumbered: true,
    },
    arrives: ["GET /v1/batches t0"],
  },
  {
    title: "answers come in order: a read is repeated past a failure that passes",
    script: ({ GET }) => GET("/v1/batches", refusal("SERVICE_UNAVAILABLE"), PAGE),
    serve: (_, response, at) => (at ? json(response, 200, PAGE) : fail(response, 503, "SERVICE_UNAVAILABLE")),
    use: list,
    told: [200, PAGE],
    arrives: ["GET /v1/batches t0", "GET /v1/batches t0"],
  },
  {
    title: "an expired token is refreshed once, then the calls succeed",
    script: ({ GET, refuse }) => {
      refuse("t0");
      GET("/v1/batches", PAGE);
    },
    serve: (request, response) =>
      bearer(request) === "t0"
        ? fail(response, 401, "AUTHENTICATION_ERROR", { reason: "token_expired" })
        : json(response, 200, PAGE),
    use: async (edge, session) => [await codeOf(Promise.all([list(edge), list(edge)])), session.refreshes],
    told: ["done", 1],
    arrives: ["GET /v1/batches t0", "GET /v1/batches t0", "GET /v1/batches t1", "GET /v1/batches t1"],
  },
  {
    title: "a revoked token signs the user out",
    script: ({ refuse }) => refuse("t0", "revoked"),
    serve: (_, response) => fail(response, 401, "AUTHENTICATION_ERROR", { reason: "revoked" }),
    use: async (edge, session) => [await codeOf(list(edge)), session.refreshes, session.signedOut],
    told: ["AUTHENTICATION_ERROR log_in", 0, ["t0 AUTHENTICATION_ERROR"]],
    arrives: ["GET /v1/batches t0"],
  },
  {
    title: "a call without a token is refused",
    script: ({ GET }) => GET("/v1/batches", PAGE),
    serve: (request, response) =>
      bearer(request) ? json(response, 200, PAGE) : fail(response, 401, "AUTHENTICATION_ERROR", { reason: "token_missing" }),
    use: (edge, session) => {
      session.logIn("");
      return errorOf(edge.GET("/v1/batches"));
    },
    told: {
      code: "AUTHENTICATION_ERROR", status: 401, advice: "log_in", retryable: false, retryAfterMs: undefined,
      details: { reason: "token_missing" }, isNumbered: true,
    },
    arrives: ["GET /v1/batches "],
  },
  {
    title: "without a network a read is tried thrice",
    script: ({ GET }) => GET("/v1/batches", networkError()),
    serve: (_, response) => void response.destroy(),
    use: (edge) => errorOf(edge.GET("/v1/batches")),
    told: {
      code: "NETWORK_ERROR", status: 0, advice: "retry", retryable: true, retryAfterMs: undefined, details: {},
      isNumbered: true,
    },
    arrives: Array<string>(3).fill("GET /v1/batches t0"),
  },
  {
    title: "a keyed command that was cut off is repeated",
    script: ({ POST }) => POST("/v1/batches/register", networkError(), REGISTERED),
    serve: (_, response, at) => (at ? json(response, 202, REGISTERED) : void response.destroy()),
    use: (edge) => codeOf(edge.POST("/v1/batches/register", REGISTER)),
    told: "done",
    arrives: Array<string>(2).fill("POST /v1/batches/register t0"),
  },
  {
    title: "a command that was cut off may have been done",
    script: ({ POST }) => POST("/v1/ws/tickets", networkError()),
    serve: (_, response) => void response.destroy(),
    use: (edge) => codeOf(edge.ticket()),
    told: "NETWORK_ERROR check",
    arrives: ["POST /v1/ws/tickets t0"],
  },
  {
    title: "no answer meets the deadline",
    script: ({ GET }) => GET("/v1/batches", noAnswer()),
    serve: () => {},
    use: (edge) => codeOf(edge.GET("/v1/batches", { timeoutMs: 200 })),
    told: "DEADLINE_EXCEEDED retry",
    arrives: ["GET /v1/batches t0"],
  },
  {
    title: "a slow answer comes in time",
    script: ({ GET }) => GET("/v1/batches", after(50, PAGE)),
    serve: (_, response) => void setTimeout(() => json(response, 200, PAGE), 50),
    use: list,
    told: [200, PAGE],
  },
  {
    title: "the caller's signal ends a call",
    script: ({ GET }) => GET("/v1/batches", after(60_000, PAGE)),
    serve: () => {},
    use: async (edge) => {
      const leaving = new AbortController();
      setTimeout(() => leaving.abort("left"), 50);
      return edge.GET("/v1/batches", { signal: leaving.signal }).catch((reason: unknown) => reason);
    },
    told: "left",
  },
  ...[200, 502].map(
    (status): Claim => ({
      title: `a page with ${status} isn't the edge's`,
      script: ({ POST }) => POST("/v1/auth/login", page(status, HTML)),
      serve: (_, response) => void response.writeHead(status, { "Content-Type": "text/html" }).end(HTML),
      use: (edge) => codeOf(edge.POST("/v1/auth/login", { body: { email: "a@b.se", password: "x" } })),
      told: `UNEXPECTED_ANSWER ${status === 200 ? "report" : "check"}`,
      arrives: ["POST /v1/auth/login "],
    }),
  ),
  {
    title: "a poll is told 304 until something has changed",
    script: ({ GET }) => {
      const changed = { ...PAGE, pagination: { limit: 20, offset: 0, total: 1 } };
      GET("/v1/batches", PAGE, PAGE, PAGE, changed);
    },
    serve: ({ headers }, response, at) => {
      const total = at < 3 ? 0 : 1;
      const tag = `"total-${total}"`;
      if (headers["if-none-match"] === tag) return void response.writeHead(304, { ETag: tag }).end();
      return json(response, 200, { ...PAGE, pagination: { limit: 20, offset: 0, total } }, { ETag: tag });
    },
    use: async (edge) => {
      const told: unknown[] = [];
      const stop = new AbortController();
      await edge.poll("/v1/batches", {
        everyMs: 5,
        signal: stop.signal,
        onChange: ({ pagination: { total } }, { status }) => {
          told.push([status, total]);
          if (total) stop.abort();
        },
      });
      return told;
    },
    told: [[200, 0], [200, 1]],
    arrives: Array<string>(4).fill("GET /v1/batches t0"),
  },
  {
    title: "an upload arrives whole, and its progress ends there",
    script: ({ POST }) =>
      POST("/v1/files/batch", ({ body, progress }) => {
        progress(0.4);
        progress(1);
        const names = (body as FormData).getAll("files").map((file) => (file as File).name);
        return { ...ACCEPTED, message: `${(body as FormData).get("batch_id") as string}: ${names.join()}` };
      }),
    serve: ({ body }, response) => {
      const names = [...body.matchAll(/filename="([^"]*)"/g)].map(([, name]) => name);
      json(response, 202, { ...ACCEPTED, message: `${/\r\n\r\n(.*)\r\n/.exec(body)?.[1]}: ${names.join()}` });
    },
    use: async (edge) => {
      const told: { loaded: number; total: number }[] = [];
      const { message } = await edge.upload("b", ESSAYS, { onProgress: (progress) => told.push(progress) });
      const loaded = told.map((each) => each.loaded);
      const rises = loaded.every((each, at) => at === 0 || each >= (loaded[at - 1] ?? 0));
      return [message, rises && loaded.length > 1, told.at(-1)];
    },
    told: [
      "b: åke.pdf,b.txt",
      true,
      {
        loaded: 300_000,
        total: 300_000,
        files: [
          { name: "åke.pdf", loaded: 200_000, total: 200_000 },
          { name: "b.txt", loaded: 100_000, total: 100_000 },
        ],
      },
    ],
    arrives: ["POST /v1/files/batch t0"],
  },
  {
    title: "an upload is sent again with the next token",
    script: ({ POST, refuse }) => {
      refuse("t0");
      POST("/v1/files/batch", ACCEPTED);
    },
    serve: (request, response) =>
      bearer(request) === "t0"
        ? fail(response, 401, "AUTHENTICATION_ERROR", { reason: "token_expired" })
        : json(response, 202, ACCEPTED),
    use: (edge) => edge.upload("b", ESSAYS),
    told: ACCEPTED,
    arrives: ["POST /v1/files/batch t0", "POST /v1/files/batch t1"],
  },
  {
    title: "an upload is refused before the rest is sent",
    script: ({ POST }) =>
      POST("/v1/files/batch", ({ progress }) => {
        progress(0.1);
        return refusal("UNSUPPORTED_MEDIA_TYPE", { details: { filename: "b.txt" } });
      }),
    serve: () => {},
    serveRaw: (message, response) => {
      message.once("data", () => {
        message.pause();
        fail(response, 415, "UNSUPPORTED_MEDIA_TYPE", { filename: "b.txt" }, { Connection: "close" });
      });
    },
    use: async (edge) => {
      let sent = 0;
      const large = [...ESSAYS, new File(["x".repeat(20_000_000)], "c.txt")];
      const error = await errorOf(edge.upload("b", large, { onProgress: ({ loaded, total }) => (sent = loaded / total) }));
      return [error, sent < 1];
    },
    told: [
      {
        code: "UNSUPPORTED_MEDIA_TYPE", status: 415, advice: "correct", retryable: false, retryAfterMs: undefined,
        details: { filename: "b.txt" }, isNumbered: true,
      },
      true,
    ],
  },
  {
    title: "an upload without a network may have arrived",
    script: ({ POST }) => POST("/v1/files/batch", networkError()),
    serve: (_, response) => void response.destroy(),
    use: (edge) => codeOf(edge.upload("b", ESSAYS)),
    told: "NETWORK_ERROR check",
  },
  {
    title: "an upload that rests is ended, and may have arrived",
    script: ({ POST }) => POST("/v1/files/batch", noAnswer()),
    serve: () => {},
    use: (edge) => codeOf(edge.upload("b", ESSAYS, { timeoutMs: 300 })),
    told: "DEADLINE_EXCEEDED check",
  },
  {
    title: "an upload is cancelled",
    script: ({ POST }) => POST("/v1/files/batch", noAnswer()),
    serve: () => {},
    use: async (edge) => {
      const leaving = new AbortController();
      setTimeout(() => leaving.abort("left"), 50);
      return edge.upload("b", ESSAYS, { signal: leaving.signal }).catch((reason: unknown) => reason);
    },
    told: "left",
  },
];
