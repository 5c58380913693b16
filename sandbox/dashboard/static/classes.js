// Classes and their pupils: the list, and the dialog that creates a class.
import { addClass, addPupil, desk, pupilsOf } from "./desk.js";
import { announce, button, each, h, label, openDialog, refresh } from "./dom.js";
import { attempt, problemSlot } from "./problems.js";
import { openRegister } from "./register.js";
import { edge, sandbox } from "./session.js";
import { t, tt } from "./texts.js";

export function classesSection() {
  const list = each(h("ul", { class: "classes" }), () => [...desk.classes.values()].reverse(), ({ id }) => id, entry);
  return h(
    "section",
    { "aria-labelledby": "classes-title" },
    h("header", { class: "section" }, h("h2", { id: "classes-title" }, tt("classes")), button(tt("new_class"), openNewClass, { class: () => (desk.loaded && desk.classes.size === 0 ? "primary" : "") })),
    h("p", { class: "quiet-text", hidden: () => desk.classes.size > 0 || !desk.loaded }, tt("no_classes")),
    list,
  );
}

function entry({ id, name, course }) {
  const pupils = () => pupilsOf(id);
  return h(
    "li",
    {},
    h(
      "details",
      {},
      h("summary", {}, h("strong", {}, name), h("span", { class: "quiet-text" }, () => ` ${course} · ${t("pupils", { n: pupils().length })}`)),
      each(h("ul", {}), pupils, ([pupil]) => pupil, ([, fullName]) => h("li", {}, fullName)),
    ),
    button(tt("batch_for_class"), () => openRegister(id), { class: "quiet small", "aria-label": () => t("batch_for", { name }) }),
  );
}

function openNewClass() {
  const slot = problemSlot();
  const [firstCourse] = sandbox.courses;
  const names = (course) => sandbox.pupils[course].map((each) => each.join(" ")).join("\n");
  const name = h("input", { name: "name", required: true, maxlength: 100, value: "8B", autofocus: true });
  const pupils = h("textarea", { name: "pupils", rows: 5, "aria-describedby": "pupils-hint" }, names(firstCourse));
  const course = h(
    "select",
    { name: "course", onchange: () => (pupils.value = names(course.value)) },
    sandbox.courses.map((each) => h("option", { value: each }, each)),
  );
  const done = { class: null, pupils: new Set(), adding: "" };
  const form = h(
    "form",
    { onsubmit: submit },
    label(tt("class_name"), name),
    label(tt("course"), course),
    label(tt("pupils_field"), pupils),
    h("p", { class: "hint", id: "pupils-hint" }, tt("pupils_hint")),
    h("p", { class: "hint", role: "status" }, () => done.adding),
    slot.element,
    h("p", { class: "row end" }, h("button", { class: "primary" }, tt("create_class"))),
  );
  const dialog = openDialog(tt("new_class"), form);

  /** What was created stays created: a repetition goes on where the failure was. */
  function submit(event) {
    event.preventDefault();
    void attempt(slot, form, async () => {
      const lines = pupils.value.split("\n").map((line) => line.trim()).filter(Boolean);
      done.class ??= (await edge.POST("/v1/classes", { body: { name: name.value.trim(), course_codes: [course.value] } })).data;
      addClass(done.class.id, done.class.name, course.value);
      for (const [at, line] of lines.entries()) {
        if (done.pupils.has(line)) continue;
        done.adding = t("adding_pupil", { n: at + 1, of: lines.length, name: line });
        refresh();
        const [first_name, ...rest] = line.split(/\s+/);
        const person_name = { first_name, last_name: rest.join(" ") || "–" };
        const { data } = await edge.POST("/v1/classes/students", { body: { person_name, class_ids: [done.class.id] } });
        addPupil(done.class.id, data.id, data.full_name);
        done.pupils.add(line);
      }
      dialog.close();
      announce(t("class_created", { name: done.class.name }));
    });
  }
}
