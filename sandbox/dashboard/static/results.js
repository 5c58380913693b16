// The dialog with a batch's results: each essay's rank and score, the best first.
import { fileName, h, openDialog } from "./dom.js";
import { attempt, problemSlot, refusalOf, wordsOf } from "./problems.js";
import { edge } from "./session.js";
import { lang, t, tt } from "./texts.js";

export function openResults(batch) {
  const slot = problemSlot();
  const rows = h("tbody");
  const head = ["rank", "essay", "score"].map((key) => h("th", { scope: "col" }, tt(key)));
  const content = h(
    "div",
    {},
    h("div", { class: "scroll" }, h("table", { class: "results" }, h("thead", {}, h("tr", {}, head)), rows)),
    h("p", { class: "hint" }, tt("results_hint")),
    slot.element,
  );
  openDialog(() => t("results_of", { title: batch.title || t("untitled") }), content, { wide: true });
  void attempt(slot, content, async () => {
    const { data } = await edge.GET("/v1/batches/{batch_id}/status", { params: { path: { batch_id: batch.id } } });
    const essays = data.details.essays.toSorted((a, b) => (a.cj_rank ?? Infinity) - (b.cj_rank ?? Infinity));
    const reasons = new Map(batch.refused.map(({ name, reason }) => [name, reason]));
    rows.replaceChildren(...essays.map((essay) => row(essay, reasons.get(essay.filename))));
  });
}

function row({ filename, cj_rank: rank, cj_score: score }, reason) {
  const format = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return h(
    "tr",
    {},
    h("td", {}, rank ?? "–"),
    h("th", { scope: "row" }, fileName(filename), reason ? h("p", { class: "hint" }, wordsOf(refusalOf(reason))("title")) : null),
    h("td", {}, () => (score === null || score === undefined ? "–" : new Intl.NumberFormat(lang(), format).format(score))),
  );
}
