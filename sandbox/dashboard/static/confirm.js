// The dialog that confirms who wrote what: the platform's guesses, the teacher's word, and until when.
import { addPupil, pupilsOf, readSoon } from "./desk.js";
import { announce, fileName, h, icon, openDialog, refresh } from "./dom.js";
import { attempt, problemSlot } from "./problems.js";
import { edge } from "./session.js";
import { clock, relative, t, tt } from "./texts.js";

export function openConfirm(batch) {
  document.getElementById("news").hidePopover();
  const slot = problemSlot();
  const rows = h("div", { class: "authors" });
  const params = { path: { batch_id: batch.id } };
  const form = h(
    "form",
    { onsubmit: submit },
    h("p", { class: "deadline" }, icon("clock"), () => (batch.ask ? t("before", { at: clock(batch.ask.deadline), in: relative(batch.ask.deadline) }) : t("no_longer_asked"))),
    h("p", { class: "hint" }, tt("confirm_hint")),
    rows,
    slot.element,
    h("p", { class: "row end" }, h("button", { class: "primary" }, tt("confirm_all"))),
  );
  const dialog = openDialog(() => t("who_wrote", { title: batch.title || t("untitled") }), form, { wide: true });
  void load();

  function load() {
    return attempt(slot, form, async () => {
      const [{ data: guesses }, { data: read }] = await Promise.all([
        edge.GET("/v1/batches/{batch_id}/student-associations", { params }),
        edge.GET("/v1/batches/{batch_id}/status", { params }),
      ]);
      const guessed = new Map(guesses.associations.map((each) => [each.essay_id, each.suggested_student_id]));
      await Promise.all([...guessed.values()].map(nameUnknown));
      const refused = new Set(batch.refused.map(({ name }) => name));
      const essays = read.details.essays.filter(({ filename }) => !refused.has(filename));
      rows.replaceChildren(...essays.map((essay) => row(essay, guessed.get(essay.essay_id))));
    });
  }

  /** Learns the name of a pupil of whom nothing is known here. */
  async function nameUnknown(id) {
    if (pupilsOf(batch.classId).some(([known]) => known === id)) return;
    const { data } = await edge.GET("/v1/classes/students/{student_id}", { params: { path: { student_id: id } } });
    addPupil(batch.classId, id, `${data.first_name} ${data.last_name}`);
  }

  function row({ essay_id: id, filename }, guess) {
    const pupils = pupilsOf(batch.classId).map(([pupil, name]) => h("option", { value: pupil, selected: pupil === guess }, name));
    const nobody = h("option", { value: "", selected: !guess }, tt("nobody_yet"));
    return h(
      "label",
      { class: "author" },
      h("span", { class: "name" }, fileName(filename)),
      h("select", { name: id }, nobody, pupils),
      h("span", { class: "hint" }, guess ? tt("guessed") : tt("not_guessed")),
    );
  }

  function submit(event) {
    event.preventDefault();
    void attempt(slot, form, async () => {
      const said = [...new FormData(form)].filter(([, pupil]) => pupil);
      const associations = said.map(([essay_id, student_id]) => ({ essay_id, student_id, confirmed: true }));
      await edge.POST("/v1/batches/{batch_id}/student-associations/confirm", { params, body: { associations } });
      batch.ask = null;
      readSoon(batch.id);
      dialog.close();
      announce(t("confirmed", { n: associations.length }));
      refresh();
    });
  }
}
