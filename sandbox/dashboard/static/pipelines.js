// The dialog that chooses and starts a pipeline.
import { batchOf, PHASES, readSoon } from "./desk.js";
import { announce, h, openDialog, refresh } from "./dom.js";
import { attempt, problemSlot } from "./problems.js";
import { keyOf } from "./register.js";
import { edge } from "./session.js";
import { t, tt } from "./texts.js";

export function openPipelines(batch) {
  const slot = problemSlot();
  const choices = Object.keys(PHASES).map((name) => choice(name, name === "cj_assessment"));
  const form = h(
    "form",
    { onsubmit: submit },
    h("fieldset", { class: "choices" }, h("legend", {}, tt("choose_pipeline")), choices),
    slot.element,
    h("p", { class: "row end" }, h("button", { class: "primary" }, tt("start"))),
  );
  const keys = new Map();
  const dialog = openDialog(() => t("start_for", { title: batch.title || t("untitled") }), form);

  function submit(event) {
    event.preventDefault();
    const pipeline = new FormData(form).get("pipeline");
    void attempt(slot, form, async () => {
      const body = { requested_pipeline: pipeline };
      const idempotencyKey = keyOf(keys, body);
      await edge.POST("/v1/batches/{batch_id}/pipelines", { params: { path: { batch_id: batch.id } }, body, idempotencyKey });
      dialog.close();
      announce(t("pipeline_accepted"));
      const known = batchOf(batch.id);
      if (known.status !== "processing") Object.assign(known, { status: "processing", pipeline, phase: null, done: new Set() });
      readSoon(batch.id);
      refresh();
    });
  }
}

function choice(name, checked) {
  return h(
    "label",
    { class: "choice" },
    h("input", { type: "radio", name: "pipeline", value: name, checked, autofocus: checked }),
    h("span", {}, h("strong", {}, tt(`pipeline.${name}`)), h("span", { class: "hint" }, tt(`pipeline_what.${name}`)),
      h("span", { class: "hint phases" }, () => PHASES[name].map((phase) => t(`phase.${phase}`)).join(" → "))),
  );
}
