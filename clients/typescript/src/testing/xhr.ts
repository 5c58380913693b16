/** As much of an `XMLHttpRequest` as an upload uses, answered by `send`. */
export function scriptedXHR(
  send: (request: Request, form: FormData, progress: (share: number) => void) => Promise<Response>,
): new () => XMLHttpRequest {
  class ScriptedXHR {
    readonly upload: { onprogress: ((event: { loaded: number; total: number }) => void) | null } = { onprogress: null };
    onload: (() => void) | null = null;
    onerror: (() => void) | null = null;
    status = 0;
    responseText = "";
    #target: [method: string, url: string] = ["", ""];
    readonly #headers: Record<string, string> = {};
    readonly #aborted = new AbortController();
    #answer: Response | undefined;

    open(method: string, url: string): void {
      this.#target = [method, url];
    }

    setRequestHeader(name: string, value: string): void {
      this.#headers[name] = value;
    }

    getResponseHeader(name: string): string | null {
      return this.#answer?.headers.get(name) ?? null;
    }

    abort(): void {
      this.#aborted.abort();
    }

    send(form: FormData): void {
      void this.#send(form).catch(() => this.#aborted.signal.aborted || this.onerror?.());
    }

    async #send(form: FormData): Promise<void> {
      const [method, url] = this.#target;
      const { signal } = this.#aborted;
      const total = [...form.values()].reduce((sum, part) => sum + (typeof part === "string" ? 0 : part.size), 0);
      let sent = -1;
      const progress = (share: number) => {
        sent = share;
        if (!signal.aborted) this.upload.onprogress?.({ loaded: Math.round(total * share), total });
      };
      const answer = await send(new Request(url, { method, headers: this.#headers, signal }), form, progress);
      if (sent < 0) progress(1);
      const text = await answer.text();
      if (signal.aborted) return;
      [this.#answer, this.status, this.responseText] = [answer, answer.status, text];
      this.onload?.();
    }
  }
  return ScriptedXHR as unknown as new () => XMLHttpRequest;
}
