// The dialog that takes essays in: dropped, chosen, or from the sandbox's own; with the progress of each file, and what
// is refused before a byte is sent, by the edge, and by the platform afterwards.
import { desk, readSoon } from "./desk.js";
import { announce, button, each, fileName, h, icon, openDialog, refresh } from "./dom.js";
import { checkFiles, UPLOAD_LIMITS } from "./edge.js";
import { problemSlot, refusalOf, wordsOf } from "./problems.js";
import { edge, sandbox } from "./session.js";
import { size, t, tt } from "./texts.js";

const DRAGGED = "application/x-huleedu-essay";

export function openUpload(batch) {
  const slot = problemSlot();
  const rows = [];
  let sending = null;
  const good = () => rows.filter(({ fault, sent }) => !fault && !sent);
  const picker = h("input", {
    type: "file", multiple: true, accept: UPLOAD_LIMITS.extensions.join(","), class: "sr", tabindex: "-1", "aria-hidden": "true",
    onchange: () => add(picker.files),
  });
  const zone = h(
    "div",
    { class: "zone", ondragover: over, ondragenter: over, ondragleave: leave, ondrop: drop },
    icon("upload"),
    h("p", {}, tt("drop_here")),
    button(tt("choose_files"), () => picker.click(), { autofocus: true }),
    picker,
    h("p", { class: "hint" }, () => t("upload_limits", { extensions: UPLOAD_LIMITS.extensions.join(", "), size: size(UPLOAD_LIMITS.fileBytes), n: UPLOAD_LIMITS.files })),
  );
  const list = each(h("ul", { class: "files" }), () => rows, (row) => row, fileRow);
  const send = button(() => t("send_essays", { n: good().length }), submit, { class: "primary", disabled: () => sending !== null || !good().length });
  const cancel = button(tt("cancel"), () => sending?.abort(), { hidden: () => sending === null });
  const content = h(
    "div",
    { class: "upload" },
    h("p", { class: "about" }, () => t("essays_in", batch)),
    zone,
    tray(batch, add),
    list,
    slot.element,
    h("p", { class: "row end" }, cancel, send),
  );
  const dialog = openDialog(() => t("essays_of", { title: batch.title || t("untitled") }), content, { wide: true, onclose: () => sending?.abort() });

  function add(files) {
    for (const file of files) {
      const [fault] = checkFiles([file]);
      if (rows.some(({ file: other }) => other.name === file.name && other.size === file.size)) continue;
      rows.push({ file, fault, loaded: 0, sent: false, late: () => batch.refused.find(({ name }) => name === file.name)?.reason });
    }
    picker.value = "";
    announce(t("files_chosen", { n: good().length }));
    refresh();
  }

  function fileRow(row) {
    const words = row.fault ? wordsOf(row.fault) : null;
    const remove = () => {
      rows.splice(rows.indexOf(row), 1);
      refresh();
    };
    return h(
      "li",
      { class: () => (row.fault || row.late() ? "bad" : row.sent ? "sent" : "") },
      h("p", { class: "name" }, h("span", {}, fileName(row.file.name)), h("span", { class: "quiet-text" }, () => size(row.file.size))),
      h("progress", { max: Math.max(1, row.file.size), value: () => (row.sent ? Math.max(1, row.file.size) : row.loaded), "aria-label": row.file.name, hidden: () => Boolean(row.fault || row.late()) }),
      h("p", { class: "state", role: "status" }, () => stateOf(row, words)),
      button(icon("close"), remove, { class: "quiet square small", hidden: () => row.sent || sending !== null, "aria-label": () => t("remove", { name: row.file.name }) }),
    );
  }

  async function submit() {
    const sent = good();
    slot.clear();
    sending = new AbortController();
    refresh();
    try {
      await edge.upload(batch.id, sent.map(({ file }) => file), {
        signal: sending.signal,
        ...(batch.title && { assignmentId: batch.title }),
        onProgress({ files }) {
          for (const [at, { loaded }] of files.entries()) sent[at].loaded = loaded;
          refresh();
        },
      });
      for (const row of sent) row.sent = true;
      announce(t("files_sent", { n: sent.length }));
      readSoon(batch.id);
      if (rows.every((row) => row.sent)) setTimeout(() => rows.every((row) => row.sent && !row.late()) && dialog.close(), 1500);
    } catch (error) {
      for (const row of sent) row.loaded = 0;
      slot.show(error, submit);
    } finally {
      sending = null;
      refresh();
    }
  }

  function over(event) {
    event.preventDefault();
    zone.classList.add("over");
  }

  function leave() {
    zone.classList.remove("over");
  }

  async function drop(event) {
    event.preventDefault();
    leave();
    const url = event.dataTransfer.getData(DRAGGED);
    add(url ? [await fetchEssay(url)] : [...event.dataTransfer.files]);
  }
}

/** The sandbox's own essays, to drag or to click, and two files that are refused. */
function tray(batch, add) {
  const course = batch.course ?? desk.classes.get(batch.classId)?.course;
  const offered = sandbox.essays.filter((essay) => !course || essay.course === course);
  const take = async (essays) => add(await Promise.all(essays.map(({ url }) => fetchEssay(url))));
  const chip = (essay) =>
    button(fileName(essay.name), () => take([essay]), {
      class: "chip",
      draggable: "true",
      ondragstart: ({ dataTransfer }) => dataTransfer.setData(DRAGGED, essay.url),
    });
  const picture = () => new File(["not an essay"], "klassfoto.png", { type: "image/png" });
  const empty = () => new File([], "tom_uppsats.txt", { type: "text/plain" });
  return h(
    "div",
    { class: "tray" },
    h("p", { class: "row" }, h("span", { class: "quiet-text" }, tt("tray")), button(tt("take_all"), () => take(offered), { class: "small" })),
    h("div", { class: "chips" }, offered.map(chip), button(tt("wrong_file"), () => add([picture()]), { class: "chip wrong" }), button(tt("empty_file"), () => add([empty()]), { class: "chip wrong" })),
  );
}

async function fetchEssay(url) {
  const answer = await fetch(url);
  const name = decodeURIComponent(url.split("/").at(-1));
  return new File([await answer.blob()], name, { type: answer.headers.get("Content-Type") ?? "" });
}

function stateOf(row, words) {
  if (words) return `${words("title")()}. ${words("advice")()}`;
  const late = row.late();
  if (late) {
    row.lateWords ??= wordsOf(refusalOf(late));
    return `${row.lateWords("title")()}. ${row.lateWords("advice")()}`;
  }
  if (row.sent) return t("file_received");
  return row.loaded ? t("file_percent", { n: Math.round((100 * row.loaded) / Math.max(1, row.file.size)) }) : t("file_ready");
}
