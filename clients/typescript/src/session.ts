import { EdgeError } from "./errors.js";
import { abortable, deadline } from "./waiting.js";

/** The login of the page's user. The library calls its members as methods, so a class may use `this`. */
export interface Session {
  /** The access token of the moment; `""` if the user isn't logged in. */
  token(): string | Promise<string>;
  /**
   * Gets a new access token, which `token` returns from then on.
   *
   * It may call the edge. If it rejects because the edge failed, was busy or couldn't be reached (an `EdgeError`, or
   * what `fetch` rejects with), the user stays logged in; if the edge refused, or with any other error, `onSignedOut`
   * is called.
   */
  refresh(): Promise<void>;
  /** The token was refused and can't be renewed: show the login. Called once for each token. */
  onSignedOut?(error: EdgeError): void;
}

/** Renews a session's token once for all calls that need it. */
export class Credentials {
  #renewal: Promise<void> | undefined;
  #replaced: string | undefined;
  #refused: string | undefined;

  constructor(
    private readonly session: Session,
    private readonly timeoutMs: number,
  ) {}

  /** The token to send now. */
  async token(signal: AbortSignal): Promise<string> {
    return abortable(this.session.token(), signal);
  }

  /**
   * Resolves when the token of the moment is another one than `used`, which `refusal` refused.
   *
   * @throws `refusal` if the user has to log in; another error if the token couldn't be renewed now.
   */
  async renew(used: string, refusal: EdgeError, signal?: AbortSignal): Promise<void> {
    if (used === this.#replaced) return;
    if (used === this.#refused) throw refusal;
    this.#renewal ??= this.#replace(used, refusal).finally(() => (this.#renewal = undefined));
    await abortable(this.#renewal, signal);
  }

  /** Renews the token, whether it has expired or not, and returns the new one. */
  async refresh(): Promise<string> {
    const code = "AUTHENTICATION_ERROR";
    const details = { reason: "token_expired" };
    const refusal = new EdgeError({ code, status: 401, message: "The token can't be renewed.", details });
    await this.renew(await this.session.token(), refusal);
    return this.session.token();
  }

  /** Tells the session, once, that `used` was refused for good. */
  signedOut(used: string, refusal: EdgeError): void {
    if (used === this.#refused) return;
    this.#refused = used;
    try {
      this.session.onSignedOut?.(refusal);
    } catch (error) {
      console.error("onSignedOut failed", error);
    }
  }

  async #replace(used: string, refusal: EdgeError): Promise<void> {
    if ((await this.session.token()) !== used) return;
    if (refusal.details["reason"] !== "token_expired") {
      this.signedOut(used, refusal);
      throw refusal;
    }
    const limit = deadline(this.timeoutMs);
    try {
      await abortable(this.session.refresh(), limit.signal);
    } catch (error) {
      if (!isPassing(error)) {
        this.signedOut(used, refusal);
        throw refusal;
      }
      throw limit.explain(error, {});
    } finally {
      limit.end();
    }
    if ((await this.session.token()) !== used) this.#replaced = used;
  }
}

/** Whether a refresh failed for a reason that says nothing of the session: no network, no time, an edge that fails. */
function isPassing(error: unknown): boolean {
  if (error instanceof EdgeError) {
    const { code, status, retryable } = error;
    return retryable || status < 400 || status >= 500 || code === "UNEXPECTED_ANSWER";
  }
  return error instanceof TypeError || error instanceof DOMException;
}
