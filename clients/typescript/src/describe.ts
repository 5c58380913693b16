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
  const languages = lang === "en" ? [lang] : [lang, "en" as const];
  const loaded = await Promise.all(languages.map((each) => LOADERS[each]().catch(() => undefined)));
  let described: [words: ErrorText, lang: Language] | undefined;
  for (const find of [own, general]) {
    for (const [at, each] of languages.entries()) {
      const words = loaded[at] && find(loaded[at].texts, what);
      if (words) described ??= [words, each];
    }
  }
  const [[title, message, advice], shown] = described ?? [[what instanceof Error ? what.message : "", "", ""], "en"];
  return { title, message, advice, lang: shown, correlationId: correlationIdOf(what) };
}

/** What a language says of this code. */
function own(texts: Texts, what: unknown): ErrorText | undefined {
  if (what instanceof EdgeError) return texts.errors[what.code];
  if (!isClosed(what)) return undefined;
  const { code, reason } = what;
  const [, , ...range] = texts.ranges.find(([first, last]) => first <= code && code <= last) ?? [];
  const [meaning, advice] = texts.closes[code] ?? range;
  if (meaning === undefined || advice === undefined) return undefined;
  return [texts.errors[closeReason(reason).error_code ?? ""]?.[0] ?? texts.closed, meaning, advice];
}

/** What it says where it has no text of its own. */
function general(texts: Texts, what: unknown): ErrorText | undefined {
  return texts.errors[what instanceof EdgeError && what.status < 500 ? "4xx" : "5xx"];
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
