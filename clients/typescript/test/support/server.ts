import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { onTestFinished } from "vitest";

import { createEdge, type Edge, type EdgeOptions, type Session } from "../../src/index.js";

/** A request as the server got it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers the request; `at` counts from 0. */
export type Handler = (request: Received, response: ServerResponse, at: number) => void | Promise<void>;

/** A real HTTP server for one test, and what it got. */
export interface Server {
  readonly url: string;
  readonly received: Received[];
}

/** Starts a server that reads each body before it answers. */
export async function serve(handler: Handler): Promise<Server> {
  const received: Received[] = [];
  const { url } = await serveRaw(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = message;
    const request = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
    await handler(request, response, received.push(request) - 1);
  });
  return { url, received };
}

/** Starts a server that leaves the body to `handler`. */
export async function serveRaw(
  handler: (message: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<{ url: string }> {
  const server = createServer((message, response) => {
    Promise.resolve(handler(message, response)).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

export function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
}

/** Answers with the edge's error. */
export function fail(
  response: ServerResponse,
  status: number,
  code: string,
  details: Record<string, unknown> = {},
  headers = {},
): void {
  const error = { code, message: `It is ${code}.`, correlation_id: "c-1", service: "ras", timestamp: "", details };
  json(response, status, { error }, headers);
}

/** A session that is a class with private members, as a dashboard's store may be. */
export class Login implements Session {
  #token: string;
  refreshes = 0;
  readonly signedOut: string[] = [];

  constructor(
    token = "t0",
    private readonly renewal: (login: Login) => Promise<string> = async () => `t${this.refreshes}`,
  ) {
    this.#token = token;
  }

  token(): string {
    return this.#token;
  }

  logIn(token: string): void {
    this.#token = token;
  }

  async refresh(): Promise<void> {
    this.refreshes += 1;
    this.#token = await this.renewal(this);
  }

  onSignedOut(error: { code: string }): void {
    this.signedOut.push(`${this.#token} ${error.code}`);
  }
}

/** The edge of a server, without an XMLHttpRequest unless one is given. */
export function edgeOf({ url }: { url: string }, options: Partial<EdgeOptions> = {}): Edge {
  return createEdge({ baseUrl: url, session: new Login(), ...options });
}

export function bearer({ headers }: Received): string {
  return headers.authorization?.replace("Bearer ", "") ?? "";
}
