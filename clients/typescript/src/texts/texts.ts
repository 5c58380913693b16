/** What a teacher reads about one error or close code. */
export type ErrorText = readonly [title: string, message: string, advice: string];

/** The text of a close code from `first` to `last` that has none of its own. */
export type RangeText = readonly [first: number, last: number, title: string, message: string, advice: string];

/** What a language's module exports. */
export interface Texts {
  /** By error code; `"4xx"` and `"5xx"` are for codes that the library doesn't know. */
  readonly errors: Readonly<Partial<Record<string, ErrorText>> & Record<"4xx" | "5xx", ErrorText>>;
  readonly closes: Readonly<Partial<Record<string, ErrorText>>>;
  readonly ranges: readonly RangeText[];
}
