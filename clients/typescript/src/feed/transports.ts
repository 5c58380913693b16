// The two ways to the feed: a WebSocket, and server-sent events read by fetch. `EventSource` isn't used, because it
// hides heartbeats and refusals and reconnects with a ticket that is used up.
import type { Surroundings } from "./environment.js";
import { attempt } from "./environment.js";
import type { Ending } from "./protocol.js";
import { closeEnding, errorEnding, NETWORK_LOST, readFrame } from "./protocol.js";

/** What a transport reports; `ended` comes once, and nothing after it or after `close`. */
export interface Listener {
  /** Something arrived, if only a heartbeat. */
  alive(): void;
  text(text: string): void;
  ended(end: Ending): void;
}

export interface Transport {
  /** Sends a message; missing where nothing can be sent. */
  send?(text: string): void;
  close(): void;
}

export type OpenTransport = (url: string, listener: Listener) => Transport;

/** Opens a WebSocket. */
export function openSocket(Socket: NonNullable<Surroundings["WebSocket"]>): OpenTransport {
  return (url, listener) => {
    const socket = new Socket(url.replace(/^http/, "ws"), "huleedu.v1");
    let open = true;
    const end = (ending: Ending) => {
      if (open) {
        open = false;
        listener.ended(ending);
      }
    };
    socket.onopen = () => open && listener.alive();
    socket.onmessage = ({ data }: { data: unknown }) => {
      if (open && typeof data === "string") listener.text(data);
    };
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => end(closeEnding(code, reason));
    socket.onerror = () => {};
    return {
      send: (text) => attempt(() => socket.send(text)),
      close() {
        open = false;
        attempt(() => socket.close());
      },
    };
  };
}

/** Opens an event stream. */
export function openStream(request: typeof fetch): OpenTransport {
  return (url, listener) => {
    const abort = new AbortController();
    const { signal } = abort;
    read().then(
      (end) => signal.aborted || listener.ended(end),
      (error: unknown) => signal.aborted || listener.ended({ ...NETWORK_LOST, error }),
    );
    return { close: () => abort.abort() };

    async function read(): Promise<Ending> {
      const headers = { Accept: "text/event-stream" };
      const answer = await request(url.replace(/^ws/, "http"), { headers, signal, cache: "no-store" });
      const type = answer.headers.get("Content-Type") ?? "";
      if (!answer.ok) return refusal(answer);
      if (!answer.body || !type.startsWith("text/event-stream")) return NETWORK_LOST;
      const reader = answer.body.getReader();
      const decoder = new TextDecoder();
      let end = NETWORK_LOST, rest = "", data = "";
      for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
        if (signal.aborted) break;
        listener.alive();
        const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines.map((line) => line.replace(/\r$/, ""))) {
          if (line.startsWith("data:")) data += line.slice(5);
          else if (line === "" && data) {
            const frame = readFrame(data);
            if (frame?.event === "feed.error") end = errorEnding(frame.data);
            listener.text(data);
            data = "";
          }
          if (signal.aborted) return end;
        }
      }
      return end;
    }
  };
}

/** Reads a refusal: the edge's own has an error object, a proxy's has none. */
function refusal(answer: Response): Promise<Ending> {
  return answer.json().then(
    ({ error }) => errorEnding(error),
    () => ({ ...NETWORK_LOST, message: `http_${answer.status}` }),
  );
}
