// The page's words in the language of the moment: chosen by the teacher, else by the browser.
import { refresh } from "./dom.js";

const LANGUAGES = ["sv", "en"];
const KEPT = "huleedu:language";

const load = async (language) => (await import(`./words-${language}.js`)).words;

let language = LANGUAGES.includes(localStorage.getItem(KEPT)) ? localStorage.getItem(KEPT) : fromBrowser();
let words = await load(language);
document.documentElement.lang = language;

export const lang = () => language;

/** Changes the language and keeps the choice. */
export async function setLanguage(next) {
  words = await load(next);
  language = next;
  localStorage.setItem(KEPT, next);
  document.documentElement.lang = next;
  refresh();
}

/** The text of a key; `facts` are for texts that name something. */
export function t(key, facts = {}) {
  const text = words[key] ?? key;
  return typeof text === "function" ? text(facts) : text;
}

/** Whether there is a text of this key. */
export const has = (key) => key in words;

/** The same as a function, for what is kept up to date. */
export const tt =
  (key, facts = () => ({})) =>
  () =>
    t(key, typeof facts === "function" ? facts() : facts);

const SPANS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** How long ago or ahead a moment is, in words; the last minute is "just now". */
export function relative(moment) {
  const seconds = (new Date(moment).getTime() - Date.now()) / 1000;
  if (seconds <= 0 && seconds > -60) return t("just_now");
  const [unit, length] = SPANS.find(([, span]) => Math.abs(seconds) >= span) ?? SPANS[3];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.round(seconds / length), unit);
}

/** A moment as a clock shows it, with the day when it isn't today. */
export function clock(moment) {
  const date = new Date(moment);
  const today = date.toDateString() === new Date().toDateString();
  const day = today ? {} : { weekday: "short", day: "numeric", month: "short" };
  return new Intl.DateTimeFormat(language, { ...day, hour: "2-digit", minute: "2-digit" }).format(date);
}

const KILO = 1024;

/** A size as people read it, by the gateway's measure: its limit of 50 MB is 50 times 1024 times 1024 bytes. */
export function size(bytes) {
  const [amount, unit] = bytes < KILO ? [bytes, "byte"] : bytes < KILO ** 2 ? [bytes / KILO, "kilobyte"] : [bytes / KILO ** 2, "megabyte"];
  const format = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: amount < 10 ? 1 : 0 };
  return new Intl.NumberFormat(language, format).format(amount);
}

function fromBrowser() {
  return navigator.languages.some((each) => each.startsWith("sv")) || navigator.language.startsWith("sv") ? "sv" : "en";
}
