import { describe, expect, onTestFinished, test, vi } from "vitest";

import { createEdge, EdgeError } from "../src/index.js";
import { bearer, edgeOf, fail, json, Login, serve, type Server } from "./support/server.js";

const ESSAYS = "Alla barn i början. ".repeat(20_000);

/** A server that takes the token `good` alone. */
function taking(good: string, reason = "token_expired"): Promise<Server> {
  return serve((request, response) => {
    if (bearer(request) === good) return json(response, 200, { batches: [] });
    return fail(response, 401, "AUTHENTICATION_ERROR", { reason });
  });
}

const outcome = (call: Promise<unknown>) =>
  call.then(
    () => "done",
    (error: unknown) => (error instanceof EdgeError ? `${error.code} ${error.advice}` : String(error)),
  );

describe("an expired token", () => {
  test("is refreshed once for all calls at once, and each is repeated once", async () => {
    const server = await taking("t1");
    const session = new Login();
    const edge = edgeOf(server, { session });

    const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcome(edge.GET("/v1/batches"))));

    expect(new Set(outcomes)).toEqual(new Set(["done"]));
    expect([session.refreshes, server.received.length, session.signedOut]).toEqual([1, 40, []]);
  });

  test("is not refreshed again for a call that is refused late", async () => {
    let resolve = () => {};
    const renewed = new Promise<void>((done) => (resolve = done));
    const server = await serve(async (request, response, at) => {
      if (bearer(request) === "t1") {
        resolve();
        return json(response, 200, {});
      }
      if (at === 0) await renewed;
      return fail(response, 401, "AUTHENTICATION_ERROR", { reason: "token_expired" });
    });
    const session = new Login();
    const edge = edgeOf(server, { session });

    await Promise.all([edge.GET("/v1/batches"), edge.GET("/v1/classes")]);

    expect([session.refreshes, server.received.length]).toEqual([1, 4]);
  });

  test.each([
    ["JSON", () => ({ name: ESSAYS, course_codes: ["ENG5" as const] })],
    ["a form", () => {
      const form = new FormData();
      form.append("files", new File([ESSAYS], "essay.txt"));
      return form;
    }],
    ["a blob", () => new Blob([ESSAYS])],
    ["a stream", () => new Blob([ESSAYS]).stream()],
    ["parameters", () => new URLSearchParams({ essay: ESSAYS })],
  ])("repeats a call with %s, whole", async (_, body) => {
    const server = await taking("t1");

    await edgeOf(server).POST("/v1/classes", { body: body() });

    const [first, second] = server.received;
    expect(second?.body).toBe(first?.body);
    expect(second?.body.length).toBeGreaterThanOrEqual(ESSAYS.length);
    expect(second?.headers["content-type"]).toBe(first?.headers["content-type"]);
  });

  test("may be refreshed by the edge itself", async () => {
    const server = await serve((request, response) => {
      if (request.path === "/v1/auth/refresh") return json(response, 200, { access_token: "t1" });
      if (bearer(request) === "t1") return json(response, 200, {});
      return fail(response, 401, "AUTHENTICATION_ERROR", { reason: "token_expired" });
    });
    const session = new Login("t0", async () => {
      const { data } = await edge.POST("/v1/auth/refresh", { body: { refresh_token: "r" } });
      return data.access_token;
    });
    const edge = createEdge({ baseUrl: server.url, session });

    await edge.GET("/v1/batches");

    expect(server.received.map((request) => [request.path, bearer(request)])).toEqual([
      ["/v1/batches", "t0"],
      ["/v1/auth/refresh", ""],
      ["/v1/batches", "t1"],
    ]);
  });
});

describe("the token is refreshed for the feed", () => {
  test("once, together with the calls that need it", async () => {
    const server = await taking("t1");
    const session = new Login("t0", async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return "t1";
    });
    const edge = edgeOf(server, { session });

    const [token, called] = await Promise.all([edge.refresh(), outcome(edge.GET("/v1/batches"))]);

    expect([token, called, session.refreshes]).toEqual(["t1", "done", 1]);
  });

  test("or the user is signed out", async () => {
    const session = new Login("t0", () => Promise.reject(new Error("refresh refused")));
    const edge = createEdge({ baseUrl: "http://nowhere", session });

    expect(await outcome(edge.refresh())).toBe("AUTHENTICATION_ERROR log_in");
    expect(session.signedOut).toEqual(["t0 AUTHENTICATION_ERROR"]);
  });
});

describe("the user is signed out, once", () => {
  test("when the edge refuses the refresh", async () => {
    const server = await taking("t1");
    const refused = new EdgeError({ code: "IDENTITY_REFRESH_TOKEN_EXPIRED", status: 401, message: "" });
    const session = new Login("t0", () => Promise.reject(refused));

    const result = await outcome(edgeOf(server, { session }).GET("/v1/batches"));

    expect([result, session.signedOut]).toEqual(["AUTHENTICATION_ERROR log_in", ["t0 AUTHENTICATION_ERROR"]]);
  });

  test("when the refresh fails, however many calls need it", async () => {
    const server = await taking("t1");
    const session = new Login("t0", () => Promise.reject(new Error("refresh refused")));
    const edge = edgeOf(server, { session });

    const outcomes = await Promise.all(Array.from({ length: 5 }, () => outcome(edge.GET("/v1/batches"))));
    const later = await outcome(edge.GET("/v1/batches"));

    expect(new Set([...outcomes, later])).toEqual(new Set(["AUTHENTICATION_ERROR log_in"]));
    expect([session.refreshes, session.signedOut]).toEqual([1, ["t0 AUTHENTICATION_ERROR"]]);
  });

  test.each(["token_invalid", "revoked"])("without a refresh when the reason is %s", async (reason) => {
    const server = await taking("t1", reason);
    const session = new Login();
    const edge = edgeOf(server, { session });

    const outcomes = await Promise.all([outcome(edge.GET("/v1/batches")), outcome(edge.GET("/v1/batches"))]);

    expect(outcomes).toEqual(["AUTHENTICATION_ERROR log_in", "AUTHENTICATION_ERROR log_in"]);
    expect([session.refreshes, session.signedOut]).toEqual([0, ["t0 AUTHENTICATION_ERROR"]]);
  });

  test("when the new token is refused too; there is no second refresh", async () => {
    const server = await taking("never");
    const session = new Login();

    const result = await outcome(edgeOf(server, { session }).GET("/v1/batches"));

    expect([result, session.refreshes, session.signedOut]).toEqual([
      "AUTHENTICATION_ERROR log_in",
      1,
      ["t1 AUTHENTICATION_ERROR"],
    ]);
  });

  test("and a new login is used again", async () => {
    const server = await taking("t9");
    const session = new Login("t0", () => Promise.reject(new Error("refresh refused")));
    const edge = edgeOf(server, { session });

    await outcome(edge.GET("/v1/batches"));
    session.logIn("t9");

    expect(await outcome(edge.GET("/v1/batches"))).toBe("done");
  });

  test("though onSignedOut throws", async () => {
    const server = await taking("t1", "revoked");
    const session = new Login();
    session.onSignedOut = () => {
      throw new Error("no router");
    };
    const reported = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => reported.mockRestore());

    expect(await outcome(edgeOf(server, { session }).GET("/v1/batches"))).toBe("AUTHENTICATION_ERROR log_in");
    expect(reported).toHaveBeenCalledOnce();
  });
});

describe("the user stays signed in", () => {
  test.each([
    ["no network", () => Promise.reject(new TypeError("fetch failed")), "NETWORK_ERROR retry"],
    [
      "a busy edge",
      () => Promise.reject(new EdgeError({ code: "RATE_LIMIT", status: 429, message: "" })),
      "RATE_LIMIT retry",
    ],
    [
      "an edge that fails",
      () => Promise.reject(new EdgeError({ code: "UNKNOWN_ERROR", status: 500, message: "" })),
      "UNKNOWN_ERROR report",
    ],
    [
      "a login page of the network",
      () => Promise.reject(new EdgeError({ code: "UNEXPECTED_ANSWER", status: 403, message: "" })),
      "UNEXPECTED_ANSWER report",
    ],
    ["a refresh that hangs", () => new Promise<never>(() => {}), "DEADLINE_EXCEEDED retry"],
  ])("when it can't be refreshed because of %s, and the next call tries again", async (_, refused, expected) => {
    const server = await taking("t2");
    const session: Login = new Login("t0", ({ refreshes }) => (refreshes === 1 ? refused() : Promise.resolve("t2")));
    const edge = edgeOf(server, { session, timeoutMs: 500, retries: 0 });

    expect(await outcome(edge.GET("/v1/batches"))).toBe(expected);
    await vi.waitFor(async () => expect(await outcome(edge.GET("/v1/batches"))).toBe("done"), 5000);
    expect(session.signedOut).toEqual([]);
  });

  test("when an old token is refused for good after a new login", async () => {
    const session = new Login();
    const server = await serve((request, response) => {
      if (bearer(request) === "t9") return json(response, 200, {});
      session.logIn("t9");
      return fail(response, 401, "AUTHENTICATION_ERROR", { reason: "revoked" });
    });

    const result = await outcome(edgeOf(server, { session }).GET("/v1/batches"));

    expect([result, session.signedOut]).toEqual(["done", []]);
  });
});

test("a login sends no token, and a wrong password is for the form to say", async () => {
  const server = await serve((_, response) =>
    fail(response, 401, "IDENTITY_INVALID_CREDENTIALS", { reason: "wrong_credentials" }),
  );
  const session = new Login();
  const edge = edgeOf(server, { session });

  const result = await outcome(edge.POST("/v1/auth/login", { body: { email: "maria@skola.example", password: "no" } }));

  expect([result, session.refreshes, session.signedOut]).toEqual(["IDENTITY_INVALID_CREDENTIALS correct", 0, []]);
  expect(server.received[0]?.headers.authorization).toBeUndefined();
});

test("without a token nothing is sent in its place", async () => {
  const server = await taking("t1", "token_missing");
  const session = new Login("");

  expect(await outcome(edgeOf(server, { session }).GET("/v1/batches"))).toBe("AUTHENTICATION_ERROR log_in");
  expect(server.received[0]?.headers.authorization).toBeUndefined();
});

test("a token may take its time", async () => {
  const server = await taking("slow");
  const session = { token: () => Promise.resolve("slow"), refresh: () => Promise.reject(new Error()) };

  expect(await outcome(edgeOf(server, { session }).GET("/v1/batches"))).toBe("done");
});
