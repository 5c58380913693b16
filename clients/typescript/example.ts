// How the dashboard calls the gateway; README.md shows it, `npm run check` compiles it.
import createClient, { type Client } from "openapi-fetch";

import { ERRORS, isErrorCode } from "./errors.js";
import type { components, paths } from "./schema.js";

export type Gateway = Client<paths, "application/json">;
export type BatchStatus = components["schemas"]["BatchStatus"];
type ErrorTold = components["schemas"]["ErrorTold"];

/** A client that sends the token of the moment with every request. */
export function connect(baseUrl: string, accessToken: () => string): Gateway {
  const gateway = createClient<paths, "application/json">({ baseUrl });
  gateway.use({
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${accessToken()}`);
      return request;
    },
  });
  return gateway;
}

/** Starts a pipeline; `key` is a UUID of this click, the same for every repeat of it. */
export async function startPipeline(gateway: Gateway, batchId: string, key: string): Promise<BatchStatus> {
  const path = { batch_id: batchId };
  const started = await gateway.POST("/v1/batches/{batch_id}/pipelines", {
    params: { path, header: { "Idempotency-Key": key } },
    body: { requested_pipeline: "cj_assessment" },
  });
  if (started.error) throw new Refusal(started.error.error, started.response);

  const status = await gateway.GET("/v1/batches/{batch_id}/status", { params: { path } });
  if (status.error) throw new Refusal(status.error.error, status.response);
  return status.data;
}

/** Creates a class and returns its id. */
export async function createClass(gateway: Gateway, name: string, course: components["schemas"]["CourseCode"]): Promise<string> {
  const created = await gateway.POST("/v1/classes", { body: { name, course_codes: [course] } });
  if (created.error) throw new Refusal(created.error.error, created.response);
  return created.data.id;
}

/** Confirms which pupil wrote which essay and returns how many associations the platform took. */
export async function confirmAssociations(
  gateway: Gateway,
  batchId: string,
  associations: components["schemas"]["Association"][],
): Promise<number> {
  const confirmed = await gateway.POST("/v1/batches/{batch_id}/student-associations/confirm", {
    params: { path: { batch_id: batchId } },
    body: { associations },
  });
  if (confirmed.error) throw new Refusal(confirmed.error.error, confirmed.response);
  return confirmed.data.associations_confirmed;
}

/** Any refusal of the gateway, with what the catalogue advises. */
export class Refusal extends Error {
  readonly retryable: boolean;
  readonly retryAfterSeconds: number;

  constructor(readonly told: ErrorTold, readonly response: Response) {
    super(told.message);
    const known = isErrorCode(told.code) ? ERRORS[told.code] : undefined;
    this.retryable = known?.retryable ?? response.status >= 500;
    this.retryAfterSeconds = Number(response.headers.get("Retry-After") ?? 0);
  }
}
