/** Title, meaning and advice of one error code. */
export type ErrorText = readonly [title: string, meaning: string, advice: string];

/** Meaning and advice of one close code. */
export type CloseText = readonly [meaning: string, advice: string];

/** Meaning and advice of a close code from `first` to `last` that has no text of its own. */
export type RangeText = readonly [first: number, last: number, meaning: string, advice: string];

/** What a language's module exports; what it lacks is described in English. */
export interface Texts {
  /** By error code; `"4xx"` and `"5xx"` are for codes that the library doesn't know. */
  readonly errors: Readonly<Partial<Record<string, ErrorText>>>;
  readonly closes: Readonly<Partial<Record<string, CloseText>>>;
  readonly ranges: readonly RangeText[];
  /** The title of a connection that ended for a reason without an error code. */
  readonly closed: string;
}
