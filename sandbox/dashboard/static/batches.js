// The teacher's batches: what waits for her, then each with its status, its progress and what can be done next.
import { batches, desk, progressOf, waiting } from "./desk.js";
import { button, each, h, icon, when } from "./dom.js";
import { openConfirm } from "./confirm.js";
import { openPipelines } from "./pipelines.js";
import { refusalOf, wordsOf } from "./problems.js";
import { openRegister } from "./register.js";
import { openResults } from "./results.js";
import { clock, has, relative, t, tt } from "./texts.js";
import { openUpload } from "./upload.js";

const STARTABLE = ["ready", "completed_successfully", "completed_with_failures"];

export function batchesSection() {
  const list = each(h("ul", { class: "batches" }), batches, ({ id }) => id, card);
  const none = () => desk.loaded && batches().length === 0;
  return h(
    "section",
    { "aria-labelledby": "batches-title" },
    h(
      "header",
      { class: "section" },
      h("h2", { id: "batches-title" }, tt("batches")),
      button(tt("new_batch"), () => openRegister(), { class: () => (desk.classes.size ? "primary" : "") }),
    ),
    h("p", { class: "quiet-text", hidden: () => desk.loaded }, tt("loading")),
    h("div", { class: "empty", hidden: () => !none() }, h("p", {}, tt("no_batches")), steps()),
    list,
  );
}

/** What waits for the teacher's word, with its deadline. */
export function waitingSection() {
  const list = each(h("ul", {}), waiting, ({ id }) => id, (batch) =>
    h(
      "li",
      {},
      h(
        "div",
        {},
        h("p", { class: "what" }, () => t("who_wrote", { title: nameOf(batch) })),
        h("p", { class: "deadline" }, icon("clock"), () => (batch.ask ? deadline(batch.ask) : "")),
      ),
      button(tt("confirm"), () => openConfirm(batch), { class: "primary" }),
    ),
  );
  return h(
    "section",
    { class: "waiting", "aria-labelledby": "waiting-title", hidden: () => waiting().length === 0 },
    h("h2", { id: "waiting-title" }, tt("waits_for_you")),
    list,
  );
}

/** What a batch is called. */
export const nameOf = (batch) => batch.title || t("untitled");

export const deadline = ({ deadline: at }) => t("before", { at: clock(at), in: relative(at) });

function card(batch) {
  const progress = () => progressOf(batch);
  const value = () => progress().value;
  const titleId = `batch-${batch.id}`;
  return h(
    "li",
    { class: () => `batch ${batch.status}`, "data-id": batch.id },
    h(
      "header",
      {},
      h("h3", { id: titleId }, () => nameOf(batch)),
      h("span", { class: "status" }, () => (has(`status.${batch.status}`) ? t(`status.${batch.status}`) : batch.status)),
    ),
    h("p", { class: "about" }, () => aboutOf(batch)),
    h("progress", { max: () => progress().max, value, "aria-labelledby": titleId, class: () => (batch.ask ? "asks" : "") }),
    h("p", { class: "progress-text" }, () => progress().text),
    when(() => batch.refused.length || null, () => refusedFiles(batch)),
    h(
      "p",
      { class: "row actions" },
      button(tt("add_essays"), () => openUpload(batch), { hidden: () => batch.status !== "pending_content", class: "primary" }),
      button(tt("confirm"), () => openConfirm(batch), { hidden: () => !batch.ask, class: "primary" }),
      button(tt("start_pipeline"), () => openPipelines(batch), {
        hidden: () => !STARTABLE.includes(batch.status),
        class: () => (batch.status === "ready" ? "primary" : ""),
      }),
      button(tt("results"), () => openResults(batch), { hidden: () => !batch.status.startsWith("completed") }),
    ),
  );
}

function aboutOf({ className, essays, createdAt }) {
  const when = createdAt ? relative(createdAt) : "";
  return [className, t("essays", { n: essays }), when].filter(Boolean).join(" · ");
}

function refusedFiles({ refused }) {
  const lines = refused.map(({ name, reason }) => {
    const words = wordsOf(refusalOf(reason));
    return h("li", {}, h("strong", {}, name), " ", words("title"), ". ", words("advice"));
  });
  return h("ul", { class: "refused" }, lines);
}

function steps() {
  const each = ["first_class", "first_batch", "first_essays", "first_start"];
  return h("ol", { class: "steps" }, each.map((key) => h("li", {}, tt(key))));
}
