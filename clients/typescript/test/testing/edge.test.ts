import { describe, expect, test, vi } from "vitest";

import { createEdge, createFeed, type EdgeError } from "../../src/index.js";
import { after, refusal, scriptedEdge, scriptedFeed, success } from "../../src/testing.js";
import { Login, serve, serveRaw } from "../support/server.js";
import { XHR } from "../support/xhr.js";
import { CLAIMS } from "./claims.js";

const PAGE = { batches: [], pagination: { limit: 20, offset: 0, total: 0 } };
const CLASS = { id: "c", name: "8B", course_code: "ENG5" };
const STUDENT = { id: "s", first_name: "Åsa", last_name: "Ek", email: null, class_ids: [] };
const ACCEPTED = { batch_id: "b", message: "", correlation_id: "c" };
const errorOf = (call: Promise<unknown>) => call.then(() => undefined, (error: EdgeError) => error);

/** A scripted edge, and the real client of it. */
function scripting(session = new Login()) {
  const scripted = scriptedEdge();
  return { scripted, edge: createEdge({ ...scripted.options, session }), session };
}

describe("the client can't tell the scripted edge from a server", () => {
  test.each(CLAIMS)("$title: scripted", async ({ script, use, told, arrives }) => {
    const { scripted, edge, session } = scripting();
    script(scripted);

    expect(await use(edge, session)).toEqual(told);
    const arrived = scripted.received.map(({ method, path, params, headers }) => {
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? "");
      return `${method} ${filled} ${headers.get("Authorization")?.replace("Bearer ", "") ?? ""}`;
    });
    if (arrives) expect(arrived).toEqual(arrives);
  });

  test.each(CLAIMS)("$title: served", async ({ serve: handler, serveRaw: raw, use, told, arrives }) => {
    const server = raw ? { ...(await serveRaw(raw)), received: [] } : await serve(handler);
    const session = new Login();

    expect(await use(createEdge({ baseUrl: server.url, session, XMLHttpRequest: XHR }), session)).toEqual(told);
    const arrived = server.received.map(({ method, path, headers }) => {
      return `${method} ${path} ${headers.authorization?.replace("Bearer ", "") ?? ""}`;
    });
    if (arrives) expect(arrived).toEqual(arrives);
  });
});

describe("a test sees", () => {
  test("each call: its path as it is written, parameters, query and body", async () => {
    const { scripted, edge } = scripting();
    scripted.GET("/v1/batches", PAGE);
    scripted.PUT("/v1/classes/{path}", CLASS);

    await edge.GET("/v1/batches", { params: { query: { limit: 5, status: "failed" } } });
    await edge.PUT("/v1/classes/{path}", { params: { path: { path: "å 1/x" } }, body: { name: "8B" } });

    expect(scripted.received).toMatchObject([
      { method: "GET", path: "/v1/batches", query: { limit: "5", status: "failed" }, body: undefined },
      { method: "PUT", path: "/v1/classes/{path}", params: { path: "å 1/x" }, body: { name: "8B" } },
    ]);
  });

  test("that a call has no answer, at once and in words", async () => {
    const { scripted, edge } = scripting();

    const error = await errorOf(edge.GET("/v1/batches/{batch_id}/status", { params: { path: { batch_id: "b" } } }));

    expect(error?.message).toContain("GET /v1/batches/{batch_id}/status");
    expect([error?.code, scripted.received.length]).toEqual(["UNKNOWN_ERROR", 1]);
  });

  test("that its own answer failed", async () => {
    const { scripted, edge } = scripting();
    scripted.GET("/v1/batches", () => {
      throw new Error("no such fixture");
    });

    expect((await errorOf(edge.GET("/v1/batches")))?.message).toContain("no such fixture");
  });

  test("that it scripts a route that the gateway doesn't have", () => {
    const { GET } = scriptedEdge();

    expect(() => GET("/v1/nowhere" as "/v1/batches", PAGE)).toThrow("The gateway has no GET /v1/nowhere.");
  });
});

describe("a script", () => {
  test("goes to the path that names most of a call, behind any prefix", async () => {
    const { scripted } = scripting();
    const edge = createEdge({ ...scripted.options, baseUrl: "https://school.test/api/", session: new Login() });
    scripted.GET("/v1/classes/{path}", CLASS);
    const open = await edge.GET("/v1/classes/students/{student_id}", { params: { path: { student_id: "s" } } });
    scripted.GET("/v1/classes/students/{student_id}", STUDENT);
    const closed = await edge.GET("/v1/classes/students/{student_id}", { params: { path: { student_id: "s" } } });

    expect([open.data, closed.data]).toEqual([CLASS, STUDENT]);
  });

  test("is replaced by the next one, and repeats its last answer", async () => {
    const { scripted, edge } = scripting();
    const total = async () => (await edge.GET("/v1/batches")).data.pagination.total;
    const page = (count: number) => ({ batches: [], pagination: { limit: 20, offset: 0, total: count } });
    scripted.GET("/v1/batches", page(1), page(2));
    const first = [await total(), await total(), await total()];
    scripted.GET("/v1/batches", page(3));

    expect([...first, await total()]).toEqual([1, 2, 2, 3]);
  });

  test("may look at the call, and take its time", async () => {
    const { scripted, edge } = scripting();
    scripted.GET("/v1/classes/students/{student_id}", ({ params }) =>
      after(5, params["student_id"] === "s" ? STUDENT : refusal("STUDENT_NOT_FOUND")),
    );
    const student = (student_id: string) =>
      edge.GET("/v1/classes/students/{student_id}", { params: { path: { student_id } } });

    expect((await student("s")).data).toEqual(STUDENT);
    expect((await errorOf(student("t")))?.code).toBe("STUDENT_NOT_FOUND");
  });

  test("holds an upload where a bar is looked at", async () => {
    const { scripted, edge } = scripting();
    let finish = () => {};
    scripted.POST("/v1/files/batch", async ({ progress }) => {
      progress(0.5);
      await new Promise<void>((resolve) => (finish = resolve));
      return ACCEPTED;
    });
    const shares: number[] = [];
    const upload = edge.upload("b", [new File(["x".repeat(100)], "a.txt")], {
      onProgress: ({ loaded, total }) => shares.push(loaded / total),
    });
    await vi.waitFor(() => expect(shares).toEqual([0.5]));
    finish();

    expect(await upload).toEqual(ACCEPTED);
  });

  test("works without XMLHttpRequest", async () => {
    const scripted = scriptedEdge();
    const edge = createEdge({ ...scripted.options, XMLHttpRequest: undefined, session: new Login() });
    scripted.POST("/v1/files/batch", ({ body }) => ({ ...ACCEPTED, message: String((body as FormData).get("batch_id")) }));

    expect((await edge.upload("b", [new File(["x"], "a.txt")])).message).toBe("b");
  });
});

test("a session logs in, is refreshed and logs out without a script", async () => {
  let tokens = { access_token: "", refresh_token: "" };
  const scripted = scriptedEdge();
  const edge = createEdge({
    ...scripted.options,
    session: {
      token: () => tokens.access_token,
      async refresh() {
        const { refresh_token } = tokens;
        tokens = { ...tokens, ...(await edge.POST("/v1/auth/refresh", { body: { refresh_token } })).data };
      },
    },
  });
  scripted.GET("/v1/batches", PAGE);
  tokens = (await edge.POST("/v1/auth/login", { body: { email: "a@b.se", password: "x" } })).data;
  const first = tokens.access_token;
  scripted.refuse(first);
  await edge.GET("/v1/batches");
  await edge.POST("/v1/auth/logout", { body: { refresh_token: tokens.refresh_token } });

  expect(scripted.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /v1/auth/login",
    "GET /v1/batches",
    "POST /v1/auth/refresh",
    "GET /v1/batches",
    "POST /v1/auth/logout",
  ]);
  expect(tokens.access_token).not.toBe(first);
});

test("offline nothing arrives, and then it does", async () => {
  const { scripted, edge } = scripting();
  scripted.GET("/v1/batches", PAGE);
  scripted.offline(true);
  const error = await errorOf(edge.GET("/v1/batches", { timeoutMs: 300 }));
  const arrived = scripted.received.length;
  scripted.offline(false);
  await edge.GET("/v1/batches");

  expect([error?.code, arrived, scripted.received.length]).toEqual(["NETWORK_ERROR", 0, 1]);
});

test("its tickets open a scripted feed", async () => {
  const { edge } = scripting();
  const { WebSocket, fetch, notify } = scriptedFeed();
  const heard: string[] = [];
  const feed = createFeed({ baseUrl: "https://feed.test", ticket: () => edge.ticket(), WebSocket, fetch, onLost() {} });
  feed.on("class_created", ({ id }) => void heard.push(id));
  await vi.waitFor(() => expect(feed.status.state).toBe("live"));
  notify("class_created");
  await vi.waitFor(() => expect(heard.length).toBe(1));
  feed.close();
});
