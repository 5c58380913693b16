// An error in a teacher's words: what happened, what to do, and the number to quote.
import { describe, EdgeError } from "./edge.js";
import { announce, button, h, icon, refresh, when } from "./dom.js";
import { lang, t, tt } from "./texts.js";

/** A place on the page where one error at a time is shown; `role="alert"` makes a screen reader read it at once. */
export function problemSlot() {
  let shown = null;
  const element = h("div", { class: "slot", role: "alert" }, when(() => shown, (problem) => card(problem, clear)));
  function clear() {
    shown = null;
    refresh();
  }
  return {
    element,
    clear,
    /** Shows an error; `again` repeats what failed. An error of the page's own code is shown as it is. */
    show(error, again) {
      if (error?.name === "AbortError") return;
      if (!(error instanceof EdgeError)) console.error(error);
      shown = { error, again, readyAt: Date.now() + (error.retryAfterMs ?? 0) };
      refresh();
    },
  };
}

/** The platform's reason against a file, which a notification tells, as an error with words. */
export const refusalOf = (code) => new EdgeError({ code, status: 422, message: code });

/** Returns the title, the message or the advice of an error, kept in the language of the page. */
export function wordsOf(error) {
  const known = {};
  return (part) => () => {
    const language = lang();
    known[language] ??= (void describe(error, language).then((words) => {
      known[language] = words;
      refresh();
    }), {});
    return known[language][part] ?? "";
  };
}

function card({ error, again, readyAt }, clear) {
  const words = wordsOf(error);
  const waitS = () => Math.max(0, Math.ceil((readyAt - Date.now()) / 1000));
  const retry = () => {
    clear();
    again();
  };
  return h(
    "div",
    { class: "problem" },
    icon("alert"),
    h(
      "div",
      {},
      h("strong", {}, words("title")),
      h("p", {}, words("message")),
      h("p", { class: "facts", hidden: () => !factsOf(error) }, () => factsOf(error)),
      h("p", { class: "advice" }, words("advice")),
      error.correlationId ? correlation(error.correlationId) : null,
      h(
        "p",
        { class: "row" },
        again && error.retryable
          ? button(() => (waitS() ? t("retry_in", { s: waitS() }) : t("retry")), retry, { disabled: () => waitS() > 0 })
          : null,
        button(tt("dismiss"), clear, { class: "quiet" }),
      ),
    ),
  );
}

/** The number that finds an error in the logs, with a button to copy it. */
export function correlation(id) {
  let copied = false;
  const copy = async () => {
    await navigator.clipboard?.writeText(id);
    copied = true;
    announce(t("copied"));
    refresh();
  };
  return h(
    "p",
    { class: "correlation" },
    h("span", {}, tt("report_number")),
    h("code", {}, id),
    button(() => t(copied ? "copied" : "copy"), copy, { class: "quiet small", "aria-label": tt("copy_number") }),
  );
}

/** What the details add: the file, the field, the credits. */
function factsOf({ details = {} }) {
  const { filename, required_credits: required, available_credits: available } = details;
  if (required !== undefined) return t("credits", { required, available });
  if (filename) return t("file_named", { filename });
  const fields = (details.field_errors ?? []).map(({ pointer, message }) => `${pointer}: ${message}`);
  return fields.join("; ");
}

/** Disables a form's buttons while `work` runs, and shows its failure in `slot`. */
export async function attempt(slot, form, work) {
  const again = () => attempt(slot, form, work);
  slot.clear();
  form.setAttribute("aria-busy", "true");
  for (const each of form.querySelectorAll("button[type=submit]")) each.disabled = true;
  try {
    await work();
    return true;
  } catch (error) {
    slot.show(error, again);
    return false;
  } finally {
    form.removeAttribute("aria-busy");
    for (const each of form.querySelectorAll("button[type=submit]")) each.disabled = false;
  }
}
