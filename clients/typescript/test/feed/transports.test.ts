import { describe, expect, it } from "vitest";

import type { Ending } from "../../src/feed/protocol.js";
import { openSocket, openStream } from "../../src/feed/transports.js";

/** Reads a stream of `chunks`, and returns what was heard until its end. */
async function streamed(answer: Response | Error) {
  const texts: string[] = [];
  let alive = 0;
  const urls: string[] = [];
  const request: typeof fetch = async (url) => {
    urls.push(String(url));
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const end = await new Promise<Ending>((ended) => {
    openStream(request)("wss://feed.test/events", { alive: () => (alive += 1), text: (text) => texts.push(text), ended });
  });
  return { texts, end, alive, urls };
}

const stream = (...chunks: (string | Uint8Array)[]) => {
  const bytes = chunks.map((chunk) => (typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk));
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const each of bytes) controller.enqueue(each);
      controller.close();
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream; charset=utf-8" } });
};

describe("an event stream", () => {
  it("is read across chunks, characters and line ends", async () => {
    const bytes = new TextEncoder().encode('data: {"event":"å"}\r\n\r\n');
    const cut = bytes.indexOf(0xa5);

    const { texts, urls } = await streamed(stream("retry: 1000\nid: c\nda", 'ta: {"event":"a"}\n\n: heartbeat\n', bytes.slice(0, cut), bytes.slice(cut)));

    expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual([{ event: "a" }, { event: "å" }]);
    expect(urls).toEqual(["https://feed.test/events"]);
  });

  it("is alive by its heartbeats", async () => {
    expect((await streamed(stream(": heartbeat\n", ": heartbeat\n"))).alive).toBe(2);
  });

  it("ends as its last event says", async () => {
    const error = { code: "SERVICE_RESTART", details: { retry: { after_seconds: 2 } } };

    const { end, texts } = await streamed(stream(`data: ${JSON.stringify({ event: "feed.error", data: error })}\n\n`));

    expect(end).toMatchObject({ code: 1012, retryAfterMs: 2000 });
    expect(texts).toHaveLength(1);
  });

  it.each([
    ["without a word", stream("data: {}\n\n"), { code: 1006 }],
    ["as a network does", new TypeError("lost"), { code: 1006, error: new TypeError("lost") }],
    ["as a proxy's page", new Response("<html>", { headers: { "Content-Type": "text/html" } }), { code: 1006 }],
    ["as a proxy's refusal", new Response("<html>", { status: 502 }), { code: 1006, message: "http_502" }],
    [
      "as the edge's refusal",
      Response.json({ error: { code: "CONNECTION_LIMIT", correlation_id: "c", details: {} } }, { status: 429 }),
      { code: 4000, correlationId: "c" },
    ],
  ])("ends %s", async (_, answer, end) => {
    expect((await streamed(answer)).end).toMatchObject(end);
  });

  it("reports nothing once it is closed", async () => {
    const heard: unknown[] = [];
    const transport = openStream(async () => stream("data: {}\n\n"))("https://feed.test/events", {
      alive: () => heard.push("alive"), text: (text) => heard.push(text), ended: (end) => heard.push(end),
    });
    transport.close();
    await new Promise((done) => setTimeout(done, 10));

    expect(heard).toEqual([]);
  });
});

describe("a socket", () => {
  class Socket {
    static made: Socket;
    onopen: ((event: never) => void) | null = null;
    onmessage: ((event: never) => void) | null = null;
    onclose: ((event: never) => void) | null = null;
    onerror: ((event: never) => void) | null = null;
    constructor(readonly url: string, readonly protocol: string) {
      Socket.made = this;
    }
    send(): void {
      throw new Error("still connecting");
    }
    close(): void {
      this.onclose?.({ code: 1000, reason: "" } as never);
    }
  }

  it("offers the protocol, ends once, and is silent when it was closed here", () => {
    const heard: unknown[] = [];
    const listen = { alive: () => {}, text: (text: string) => heard.push(text), ended: (end: Ending) => heard.push(end.code) };
    openSocket(Socket)("https://feed.test/ws", listen);
    const first = Socket.made;
    first.onmessage?.({ data: "text" } as never);
    first.onmessage?.({ data: new ArrayBuffer(1) } as never);
    first.onclose?.({ code: 1012, reason: "" } as never);
    first.onclose?.({ code: 1006, reason: "" } as never);
    const transport = openSocket(Socket)("https://feed.test/ws", listen);
    transport.send?.("early");
    transport.close();

    expect([first.url, first.protocol]).toEqual(["wss://feed.test/ws", "huleedu.v1"]);
    expect(heard).toEqual(["text", 1012]);
  });
});
