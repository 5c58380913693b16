// day.js GATEWAY RAS IDENTITY EMAIL PASSWORD: a teacher's day by the library; prints what came of each step as JSON. RAS
// is the simulated service that is made to fail, IDENTITY the one whose tokens live longer in the end.
import { createEdge, EdgeError } from "../../dist/index.js";
import { until } from "./session.js";

const [gateway, ras, identity, email, password] = process.argv.slice(2);
const ESSAYS = [new File(["Hösten är här. ".repeat(200)], "åke.txt"), new File(["Vintern kom. ".repeat(200)], "b.TXT")];
const LARGE = "x".repeat(60_000_000);

class Session {
  #tokens;
  refreshes = 0;
  signedOut = [];

  token() {
    return this.#tokens?.access_token ?? "";
  }
  get refreshToken() {
    return this.#tokens.refresh_token;
  }
  async logIn(secret) {
    this.#tokens = (await edge.POST("/v1/auth/login", { body: { email, password: secret } })).data;
  }
  async refresh() {
    this.refreshes += 1;
    const { data } = await edge.POST("/v1/auth/refresh", { body: { refresh_token: this.refreshToken } });
    this.#tokens = { ...this.#tokens, ...data };
  }
  onSignedOut({ details }) {
    this.signedOut.push(details.reason);
  }
}

const session = new Session();
const edge = createEdge({ baseUrl: gateway, session });
const told = (call) => call.then(() => "done", (error) => (error instanceof EdgeError ? `${error.code} ${error.advice}` : String(error)));
const put = (url, body) => fetch(url, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
const dial = (dials) => put(`${ras}/_sandbox/dials`, dials);
const form = (name) => {
  const body = new FormData();
  body.append("batch_id", batch);
  body.append("files", new File([LARGE], name));
  return body;
};

const day = { wrong: await told(session.logIn("wrong")) };
await session.logIn(password);

const register = { body: { expected_essay_count: 2, course_code: "ENG5" }, idempotencyKey: crypto.randomUUID() };
const { data } = await edge.POST("/v1/batches/register", register);
const batch = data.batch_id;
const again = await edge.POST("/v1/batches/register", register);
day.again = [again.data.batch_id === batch, again.response.headers.get("Idempotent-Replayed")];

const progress = [];
const accepted = await edge.upload(batch, ESSAYS, { onProgress: ({ loaded, total }) => progress.push(loaded === total) });
day.upload = [accepted.batch_id === batch, progress];
day.type = await told(edge.POST("/v1/files/batch", { body: form("essays.zip") }));
day.size = await told(edge.POST("/v1/files/batch/{batch_id}/files", { params: { path: { batch_id: batch } }, body: form("essays.txt") }));

day.class = await told(edge.POST("/v1/classes", { body: { name: "8B", course_codes: ["ENG5"] } }));
const hasty = createEdge({ baseUrl: gateway, session, retries: 0 });
day.missing = await told(hasty.GET("/v1/batches/{batch_id}/status", { params: { path: { batch_id: "nope" } } }));
day.invalid = await told(edge.POST("/v1/batches/register", { body: { expected_essay_count: -1, course_code: "ENG5" } }));

const stop = new AbortController();
const statuses = new Set();
let changes = 0;
let calls = 0;
const counting = createEdge({ baseUrl: gateway, session, fetch: (request) => ((calls += 1), fetch(request)) });
const polling = counting.poll("/v1/batches", {
  params: { query: { limit: 1 } },
  everyMs: 20,
  signal: stop.signal,
  onChange(page) {
    changes += 1;
    statuses.add(page.batches[0]?.status);
  },
});
await until(() => changes > 0 && calls > changes + 10);
stop.abort();
await polling;
day.poll = changes < calls;

await dial({ failure: "502", for_next: 3 });
day.failing = await told(edge.GET("/v1/batches"));
await dial({ failure: "hang", for_next: 1 });
day.hanging = await told(edge.GET("/v1/batches", { timeoutMs: 500 }));
await dial({ failure: "none" });

await put(`${identity}/_sandbox/tokens`, { lifetime_s: 600 });
await new Promise((resolve) => setTimeout(resolve, 3500));
const before = session.refreshes;
day.expired = await Promise.all(Array.from({ length: 10 }, () => told(edge.GET("/v1/classes"))));
day.refreshes = session.refreshes - before;
day.ticket = (await edge.ticket()).length > 20;

await edge.POST("/v1/auth/logout", { body: { refresh_token: session.refreshToken } });
day.after = await Promise.all([told(edge.GET("/v1/batches")), told(edge.ticket())]);
day.signedOut = session.signedOut;
console.log(JSON.stringify(day));
