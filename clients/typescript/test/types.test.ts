import { expectTypeOf, test } from "vitest";

import { after, noAnswer, refusal, type ScriptedEdge, success } from "../src/testing.js";
import type { CloseCode, components, DataOf, Edge, EdgeCode, EdgeError, ErrorCode, PathOf } from "../src/index.js";

type Schemas = components["schemas"];

test("codes are unions, and an error may hold one of a newer service", () => {
  expectTypeOf<"RATE_LIMIT">().toExtend<ErrorCode>();
  expectTypeOf<"NETWORK_ERROR">().not.toExtend<ErrorCode>();
  expectTypeOf<4000>().toExtend<CloseCode>();
  expectTypeOf<1000>().not.toExtend<CloseCode>();
  expectTypeOf<EdgeError["code"]>().toEqualTypeOf<EdgeCode>();
  expectTypeOf<ErrorCode | "NETWORK_ERROR" | "FROM_A_NEWER_SERVICE">().toExtend<EdgeCode>();
  expectTypeOf<EdgeError["advice"]>().toEqualTypeOf<"retry" | "check" | "log_in" | "correct" | "report">();
});

test("a path has the methods that the gateway has", () => {
  expectTypeOf<"/v1/batches/{batch_id}/status">().toExtend<PathOf<"get">>();
  expectTypeOf<"/v1/batches/{batch_id}/status">().not.toExtend<PathOf<"post">>();
  expectTypeOf<"/v1/nowhere">().not.toExtend<PathOf<"get">>();
});

test("a path has its data", () => {
  expectTypeOf<DataOf<"get", "/v1/batches/{batch_id}/status">>().toExtend<Schemas["BatchStatus"]>();
  expectTypeOf<DataOf<"get", "/v1/batches/{batch_id}/status">["status"]>().toExtend<string>();
  expectTypeOf<DataOf<"post", "/v1/ws/tickets">>().toHaveProperty("ticket").toBeString();
  expectTypeOf<Awaited<ReturnType<Edge["upload"]>>>().toExtend<Schemas["FilesAccepted"]>();
  expectTypeOf<DataOf<"get", "/v1/batches">>().not.toBeAny();
});

test("a call takes what its route takes", () => {
  const calls = (edge: Edge) => {
    void edge.GET("/v1/batches");
    void edge.GET("/v1/batches", { params: { query: { status: "failed", limit: 5 } }, timeoutMs: 1000 });
    void edge.POST("/v1/batches/register", { body: { expected_essay_count: 1, course_code: "ENG5" } });
    void edge.POST("/v1/classes", { body: new FormData() });
    void edge.poll("/v1/batches", {
      everyMs: 1000,
      signal: AbortSignal.timeout(1),
      onChange: (data) => expectTypeOf(data).toEqualTypeOf<DataOf<"get", "/v1/batches">>(),
    });

    // @ts-expect-error: there is no such route
    void edge.GET("/v1/nowhere");
    // @ts-expect-error: the route can't be posted to
    void edge.POST("/v1/batches/{batch_id}/status", { params: { path: { batch_id: "b" } } });
    // @ts-expect-error: the path needs the batch
    void edge.GET("/v1/batches/{batch_id}/status");
    // @ts-expect-error: there is no such parameter
    void edge.GET("/v1/batches/{batch_id}/status", { params: { path: { batch: "b" } } });
    // @ts-expect-error: there is no such status
    void edge.GET("/v1/batches", { params: { query: { status: "done" } } });
    // @ts-expect-error: the body lacks the course
    void edge.POST("/v1/batches/register", { body: { expected_essay_count: 1 } });
    // @ts-expect-error: there is no such option
    void edge.GET("/v1/batches", { timeout: 1000 });
  };

  expectTypeOf(calls).toBeFunction();
});

test("a scripted answer is of its route's type", () => {
  const scripts = ({ GET, POST }: ScriptedEdge) => {
    const page = { batches: [], pagination: { limit: 20, offset: 0, total: 0 } };
    GET("/v1/batches", page, success(page), after(5, page), refusal("RATE_LIMIT"), () => page, async () => noAnswer());
    POST("/v1/classes", success());

    // @ts-expect-error: the page lacks its batches
    GET("/v1/batches", { pagination: page.pagination });
    // @ts-expect-error: a later page lacks them too
    GET("/v1/batches", after(5, success({ pagination: page.pagination })));
    // @ts-expect-error: what a function returns is checked as well
    GET("/v1/batches", () => ({ batches: [{}], pagination: page.pagination }));
    // @ts-expect-error: there is no such code
    GET("/v1/batches", refusal("NO_SUCH_CODE"));
    // @ts-expect-error: the route can't be posted to
    POST("/v1/batches", page);
    // @ts-expect-error: an answer is needed
    GET("/v1/batches");
  };

  expectTypeOf(scripts).toBeFunction();
});
