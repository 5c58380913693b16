import { EdgeError, parsed } from "./errors.js";
import type { ErrorText, Texts } from "./texts/texts.js";

/** The languages in which errors are described. */
export type Language = "sv" | "en";

/** How the feed ended a connection: a `CloseEvent`, or its code alone. */
export interface Closed {
  readonly code: number;
  /** The close reason, JSON. */
  readonly reason?: string;
}

/** What to show a teacher. */
export interface Description {
  readonly title: string;
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
  /** The language of the three, English where the other one has no text yet. */
  readonly lang: Language;
  /** To quote in a report; `""` if there is none. */
  readonly correlationId: string;
}

const LOADERS: Readonly<Record<Language, () => Promise<{ texts: Texts }>>> = {
  en: () => import("./texts/en.js"),
  sv: () => import("./texts/sv.js"),
};

/** Loads a language's texts ahead of the first error, since a lost network can't load them. */
export async function loadTexts(lang: Language): Promise<void> {
  await Promise.all([LOADERS[lang](), LOADERS.en()]);
}

/**
 * Describes an error of a call, or a close of the feed, in words.
 *
 * It never rejects: if the texts can't be loaded, the description holds the error's own message.
 */
export async function describe(what: unknown, lang: Language): Promise<Description> {
  const correlationId = correlationIdOf(what);
  for (const each of new Set<Language>([lang, "en"])) {
    const words = await wordsIn(each, what);
    if (words) {
      const [title, message, advice] = words;
      return { title, message, advice, lang: each, correlationId };
    }
  }
  const title = what instanceof Error ? what.message : "";
  return { title, message: "", advice: "", lang: "en", correlationId };
}

async function wordsIn(lang: Language, what: unknown): Promise<ErrorText | undefined> {
  try {
    const { texts } = await LOADERS[lang]();
    if (what instanceof EdgeError) return errorText(texts, what, lang);
    return isClosed(what) ? closeText(texts, what) : texts.errors["5xx"];
  } catch {
    return undefined;
  }
}

function errorText(texts: Texts, { code, status }: EdgeError, lang: Language): ErrorText | undefined {
  const own = texts.errors[code];
  return own ?? (lang === "en" ? texts.errors[status < 500 ? "4xx" : "5xx"] : undefined);
}

function closeText(texts: Texts, { code, reason }: Closed): ErrorText | undefined {
  const text = texts.closes[code] ?? texts.ranges.find(([first, last]) => first <= code && code <= last)?.slice(2);
  const [meaning, advice] = text ?? [];
  if (typeof meaning !== "string" || typeof advice !== "string") return undefined;
  const named = texts.errors[closeReason(reason).error_code ?? ""];
  return [named?.[0] ?? texts.closed, meaning, advice];
}

function correlationIdOf(what: unknown): string {
  if (what instanceof EdgeError) return what.correlationId;
  return (isClosed(what) && closeReason(what.reason).correlation_id) || "";
}

function closeReason(reason?: string): { error_code?: string; correlation_id?: string } {
  return parsed(reason ?? "") ?? {};
}

function isClosed(what: unknown): what is Closed {
  return what instanceof Object && "code" in what && typeof what.code === "number";
}
