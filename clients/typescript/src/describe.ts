import { EdgeError, parsed } from "./errors.js";
import type { ErrorText, Texts } from "./texts/texts.js";

/** The languages in which errors are described. */
export type Language = "sv" | "en";

/** How the feed ended a connection: `status.reason` of a feed, a `CloseEvent`, or the code alone. */
export interface Closed {
  readonly code: number;
  /** The close reason, JSON. */
  readonly reason?: string;
  readonly errorCode?: string | undefined;
  readonly correlationId?: string | undefined;
  /** An `EdgeError` if the connection failed before it was opened. */
  readonly error?: unknown;
}

/** What to show a teacher. */
export interface Description {
  readonly title: string;
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
  /** The language of the three; the other one if the texts of the one asked for can't be loaded. */
  readonly lang: Language;
  /** To quote in a report; `""` if there is none. */
  readonly correlationId: string;
}

const LOADERS: Readonly<Record<Language, () => Promise<{ texts: Texts }>>> = {
  en: () => import("./texts/en.js"),
  sv: () => import("./texts/sv.js"),
};

/** The close code that ends a connection for several reasons, of which the reason's error code names one. */
const POLICY = 1008;

/** Loads a language's texts ahead of the first error, since a lost network can't load them. */
export async function loadTexts(lang: Language): Promise<void> {
  await LOADERS[lang]();
}

/**
 * Describes an error of a call, or a close of the feed, in words.
 *
 * It never rejects: if the language's texts can't be loaded, the description is in the other language if that one is
 * loaded, else it holds the error's own message.
 */
export async function describe(error: unknown, lang: Language): Promise<Description> {
  const what = isClosed(error) && error.error instanceof EdgeError ? error.error : error;
  const correlationId = correlationIdOf(what);
  for (const each of [lang, lang === "en" ? "sv" : "en"] as const) {
    const loaded = await LOADERS[each]().catch(() => undefined);
    if (!loaded) continue;
    const [title, message, advice] = find(loaded.texts, what);
    return { title, message, advice, lang: each, correlationId };
  }
  return { title: what instanceof Error ? what.message : "", message: "", advice: "", lang: "en", correlationId };
}

function find({ errors, closes, ranges }: Texts, what: unknown): ErrorText {
  const [refused, failed] = [errors["4xx"], errors["5xx"]];
  if (what instanceof EdgeError) return errors[what.code] ?? (what.status < 500 ? refused : failed);
  if (!isClosed(what)) return failed;
  const { code } = what;
  const cause = code === POLICY ? errors[closeReason(what).error_code ?? ""] : undefined;
  const [, , ...range] = ranges.find(([first, last]) => first <= code && code <= last) ?? [];
  return cause ?? closes[code] ?? (range.length ? range : failed);
}

function correlationIdOf(what: unknown): string {
  if (what instanceof EdgeError) return what.correlationId;
  return (isClosed(what) && closeReason(what).correlation_id) || "";
}

function closeReason({ reason, errorCode, correlationId }: Closed): Partial<Record<string, string>> {
  return parsed(reason ?? "") ?? { error_code: errorCode, correlation_id: correlationId };
}

function isClosed(what: unknown): what is Closed {
  return what instanceof Object && "code" in what && typeof what.code === "number";
}
