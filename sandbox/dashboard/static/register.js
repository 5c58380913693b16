// The dialog that registers a batch; the essays follow in the next one.
import { addBatch, desk } from "./desk.js";
import { h, label, openDialog } from "./dom.js";
import { attempt, problemSlot } from "./problems.js";
import { edge, sandbox } from "./session.js";
import { t, tt } from "./texts.js";
import { openUpload } from "./upload.js";

/** The sandbox's prompts; the platform's content service keeps the real ones. */
const PROMPTS = ["prompt-that-changed-my-mind", "prompt-a-school-without-phones"];

export function openRegister(classId) {
  const slot = problemSlot();
  const classes = [...desk.classes.values()].reverse();
  const chosen = classId ?? classes[0]?.id ?? "";
  const title = h("input", { name: "title", required: true, maxlength: 100, autofocus: true, value: t("title_example") });
  const schoolClass = h(
    "select",
    { name: "class", onchange: followClass },
    classes.map(({ id, name, course }) => h("option", { value: id, selected: id === chosen }, `${name} · ${course}`)),
    h("option", { value: "", selected: chosen === "" }, tt("no_class")),
  );
  const course = h("select", { name: "course" }, sandbox.courses.map((each) => h("option", { value: each }, each)));
  const count = h("input", { name: "count", type: "number", min: 1, max: 50, required: true });
  const prompt = h(
    "select",
    { name: "prompt" },
    PROMPTS.map((each) => h("option", { value: each }, tt(each))),
    h("option", { value: "" }, tt("no_prompt")),
  );
  const form = h(
    "form",
    { onsubmit: submit },
    label(tt("batch_title"), title),
    h("div", { class: "pair" }, label(tt("class"), schoolClass), label(tt("course"), course)),
    h("div", { class: "pair" }, label(tt("essay_count"), count), label(tt("prompt"), prompt)),
    h("p", { class: "hint" }, tt("class_hint")),
    slot.element,
    h("p", { class: "row end" }, h("button", { class: "primary" }, tt("register_batch"))),
  );
  course.addEventListener("change", followCourse);
  followClass();
  const dialog = openDialog(tt("new_batch"), form);
  const keys = new Map();

  function followClass() {
    const found = desk.classes.get(schoolClass.value);
    if (found && sandbox.courses.includes(found.course)) course.value = found.course;
    followCourse();
  }

  function followCourse() {
    count.value = sandbox.essays.filter((essay) => essay.course === course.value).length || 1;
  }

  function submit(event) {
    event.preventDefault();
    void attempt(slot, form, async () => {
      const body = {
        course_code: course.value,
        expected_essay_count: count.valueAsNumber,
        ...(schoolClass.value && { class_id: schoolClass.value }),
        ...(prompt.value && { student_prompt_ref: { references: { student_prompt_text: { storage_id: prompt.value } } } }),
      };
      const { data } = await edge.POST("/v1/batches/register", { body, idempotencyKey: keyOf(keys, body) });
      const facts = { title: title.value.trim(), course: course.value, classId: schoolClass.value || null, essays: body.expected_essay_count };
      addBatch(data.batch_id, { ...facts, className: desk.classes.get(schoolClass.value)?.name ?? null });
      dialog.close();
      openUpload(desk.batches.get(data.batch_id));
    });
  }
}

/** The same key for each repetition of one request, another when the request changes. */
export function keyOf(keys, body) {
  const text = JSON.stringify(body);
  if (!keys.has(text)) keys.set(text, crypto.randomUUID());
  return keys.get(text);
}
