import { type ClientRequest, request } from "node:http";

const PIECE_BYTES = 65_536;

type Told = { loaded: number; total: number };

/** As much of a browser's XMLHttpRequest as an upload uses, on a real connection. */
export class NodeXHR {
  readonly upload: { onprogress: ((event: Told) => void) | null } = { onprogress: null };
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  status = 0;
  responseText = "";
  readonly #headers = new Headers();
  #target: [method: string, url: string] = ["", ""];
  #sent: Record<string, string> = {};
  #request: ClientRequest | undefined;
  #aborted = false;

  open(method: string, url: string): void {
    this.#target = [method, url];
  }

  setRequestHeader(name: string, value: string): void {
    this.#sent[name] = value;
  }

  getResponseHeader(name: string): string | null {
    return this.#headers.get(name);
  }

  abort(): void {
    this.#aborted = true;
    this.#request?.destroy();
  }

  send(form: FormData): void {
    void this.#send(form).catch(() => this.#fail());
  }

  async #send(form: FormData): Promise<void> {
    const encoded = new Response(form);
    const body = Buffer.from(await encoded.arrayBuffer());
    const [method, url] = this.#target;
    const headers = {
      ...this.#sent,
      "Content-Type": encoded.headers.get("Content-Type") ?? "",
      "Content-Length": body.length,
    };
    const sending = (this.#request = request(url, { method, headers }));
    let answered = false;
    sending.on("error", () => answered || this.#fail());
    sending.on("response", (response) => {
      answered = true;
      this.status = response.statusCode ?? 0;
      for (const [name, value] of Object.entries(response.headers)) this.#headers.set(name, String(value));
      response.setEncoding("utf8").on("data", (text: string) => (this.responseText += text));
      response.on("end", () => this.#aborted || this.onload?.());
    });
    for (let at = 0; at < body.length && !answered && !sending.destroyed; at += PIECE_BYTES) {
      await new Promise((resolve) => sending.write(body.subarray(at, at + PIECE_BYTES), resolve));
      if (!this.#aborted) {
        this.upload.onprogress?.({ loaded: Math.min(at + PIECE_BYTES, body.length), total: body.length });
      }
    }
    if (!answered) sending.end();
  }

  #fail(): void {
    if (!this.#aborted) this.onerror?.();
  }
}

/** The class as the library takes it. */
export const XHR = NodeXHR as unknown as new () => XMLHttpRequest;
