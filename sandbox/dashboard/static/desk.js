// What the teacher has: batches, classes, pupils and notifications. It is loaded by REST and then moves with the feed.
import { refresh } from "./dom.js";
import { edge } from "./session.js";
import { has, t } from "./texts.js";

export const PHASES = {
  nlp: ["spellcheck", "nlp"],
  cj_assessment: ["spellcheck", "nlp", "cj_assessment"],
  ai_feedback: ["spellcheck", "nlp", "ai_feedback"],
};
const PHASE_OF = {
  batch_spellcheck_completed: "spellcheck",
  batch_nlp_completed: "nlp",
  batch_cj_assessment_completed: "cj_assessment",
};
const KEPT_NEWS = 200;
const READS_EACH_MS = 1000;
const UNFINISHED = ["pending_content", "processing"];

/** Everything that is shown; `news` are notifications, newest first. */
export const desk = { loaded: false, batches: new Map(), classes: new Map(), pupils: new Map(), news: [] };

const toRead = new Set();
let reading = false;
let onError = () => {};

/** Sets who hears of a read in the background that failed. */
export function tellErrors(listener) {
  onError = listener;
}

/** Empties the desk, for another user. */
export function clearDesk() {
  desk.loaded = false;
  desk.news = [];
  for (const each of [desk.batches, desk.classes, desk.pupils, toRead]) each.clear();
  refresh();
}

/** Loads everything and returns the first page of notifications; the feed continues after its cursor. */
export async function loadDesk() {
  const { data: page } = await edge.GET("/v1/notifications", { params: { query: { limit: 100 } } });
  const [batches, cards, classes] = await Promise.all([
    edge.GET("/v1/batches", { params: { query: { limit: 50 } } }),
    edge.GET("/bff/v1/teacher/dashboard", { params: { query: { limit: 50 } } }),
    edge.GET("/v1/classes", { params: { query: { limit: 100 } } }),
  ]);
  clearDesk();
  for (const { id, name, course_code } of classes.data.classes) desk.classes.set(id, { id, name, course: course_code });
  for (const told of batches.data.batches.toReversed()) take(told);
  for (const { batch_id, title, class_name } of cards.data.batches) {
    const batch = batchOf(batch_id);
    if (title !== "Untitled Batch") batch.title ||= title;
    batch.className = class_name;
  }
  for (const frame of page.items) hear(frame, { live: false });
  for (const batch of desk.batches.values()) if (UNFINISHED.includes(batch.status)) readSoon(batch.id);
  desk.loaded = true;
  refresh();
  return page;
}

/** The batches, newest first. */
export const batches = () => [...desk.batches.values()].filter(({ status }) => status).sort(newestFirst);

/** The batches that wait for the teacher's word, the most urgent first. */
export const waiting = () => batches().filter(({ ask }) => ask).sort((a, b) => a.ask.deadline - b.ask.deadline);

/** The pupils of a class that are known: id and name. */
export const pupilsOf = (classId) => [...(desk.pupils.get(classId) ?? new Map())];

/** Notes a class that was created here. */
export function addClass(id, name, course) {
  desk.classes.set(id, { id, name, course });
  refresh();
}

/** Notes a pupil. */
export function addPupil(classId, id, name) {
  if (!desk.pupils.has(classId)) desk.pupils.set(classId, new Map());
  desk.pupils.get(classId).set(id, name);
  refresh();
}

/** Notes a batch that was registered here, before the platform lists it. */
export function addBatch(id, facts) {
  Object.assign(batchOf(id), { status: "pending_content", createdAt: Date.now() }, facts);
  localStorage.setItem(`huleedu:title:${id}`, facts.title ?? "");
  refresh();
}

/** Takes what the feed brought, or the log holds from before. */
export function hear(frame, { live = true } = {}) {
  const { event, data = {}, id } = frame;
  if (id) desk.news = [frame, ...desk.news].slice(0, KEPT_NEWS);
  if (event === "class_created") addClass(data.class_id, data.class_designation, data.course_codes?.[0]);
  if (event === "student_added_to_class") addPupil(data.class_id, data.student_id, data.student_name);
  if (data.batch_id) hearOfBatch(batchOf(data.batch_id), event, data, live);
  refresh();
}

/** Reads a batch's state again, soon and not too often: a user's reads are counted. */
export function readSoon(id) {
  toRead.add(id);
  if (!reading) void readAll();
}

/** How far a batch is: `value` of `max`, without a value while that isn't known, and words for it. */
export function progressOf(batch) {
  const { status, pipeline, essays, uploaded, done, phase } = batch;
  if (status === "pending_content") {
    return { value: Math.min(uploaded, essays), max: essays, text: t("essays_in", { uploaded, essays }) };
  }
  if (status === "processing" && batch.ask) return { value: essays, max: essays, text: t("waits_for_you") };
  if (status === "processing" && !pipeline) return { max: 1, text: t("matching") };
  if (status === "processing") {
    const phases = PHASES[pipeline] ?? [];
    const passed = phases.filter((each) => done.has(each)).length;
    const current = phase ?? phases.find((each) => !done.has(each));
    const text = current ? t("phase_now", { phase: t(`phase.${current}`), n: Math.min(passed + 1, phases.length), of: phases.length }) : "";
    return { value: passed + (current ? 0.4 : 0), max: Math.max(1, phases.length), text };
  }
  const text = has(`progress.${status}`) ? t(`progress.${status}`, batch) : "";
  return { value: essays, max: Math.max(1, essays), text };
}

/** Returns the batch of an id, made when it is new; one without a status isn't shown yet. */
export function batchOf(id) {
  if (!desk.batches.has(id)) {
    const title = localStorage.getItem(`huleedu:title:${id}`) ?? "";
    const empty = { id, title, className: null, classId: null, status: null, essays: 0, uploaded: 0, completed: 0, failed: 0 };
    desk.batches.set(id, { ...empty, createdAt: 0, pipeline: null, phase: null, done: new Set(), ask: null, files: [], refused: [] });
  }
  return desk.batches.get(id);
}

function hearOfBatch(batch, event, data, live) {
  batch.classId ??= data.class_id;
  batch.className ??= desk.classes.get(data.class_id)?.name ?? null;
  const phase = PHASE_OF[event] ?? (event === "phase_skipped" ? data.phase : undefined);
  if (phase) batch.done.add(phase);
  if (event === "batch_phase_initiated") batch.phase = data.phase;
  if (event === "batch_phase_concluded") batch.done.add(data.phase);
  if (event === "batch_validation_failed" && data.filename) batch.refused.push({ name: data.filename, reason: data.reason });
  if (event === "student_matching_confirmation_required") batch.ask = { deadline: Date.parse(data.deadline) };
  if (event === "student_associations_confirmed" || event === "validation_timeout_processed") batch.ask = null;
  if (event === "batch_processing_started") Object.assign(batch, { pipeline: data.requested_pipeline, phase: null, done: new Set() });
  if (!live) return;
  if (event === "batch_processing_started" || batch.ask) batch.status = "processing";
  if (event === "pipeline_completed" && has(`status.${data.final_status}`)) batch.status = data.final_status;
  if (!event.startsWith("batch_phase_")) readSoon(batch.id);
}

async function readAll() {
  reading = true;
  for (const id of toRead) {
    toRead.delete(id);
    let waitMs = READS_EACH_MS;
    try {
      const { data } = await edge.GET("/v1/batches/{batch_id}/status", { params: { path: { batch_id: id } } });
      take(data.details, data.status);
    } catch (error) {
      onError(error);
      waitMs = Math.max(5 * READS_EACH_MS, error.retryAfterMs ?? 0);
      if (error.retryable) toRead.add(id);
    }
    refresh();
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  reading = false;
}

function take(told, status = told.status) {
  const batch = batchOf(told.batch_id);
  batch.title = told.assignment_id || batch.title;
  batch.status = status;
  batch.essays = told.essay_count;
  batch.completed = told.completed_essay_count;
  batch.failed = told.failed_essay_count;
  batch.pipeline = told.requested_pipeline;
  batch.phase = told.current_phase;
  batch.createdAt = Date.parse(told.created_at);
  // An answer that the feed has overtaken may still be of the time before the question.
  if (status !== "processing" && status !== "pending_content") batch.ask = null;
  if (!told.essays) return;
  batch.files = told.essays;
  batch.uploaded = told.essays.length - told.failed_essay_count;
  const phases = PHASES[batch.pipeline] ?? [];
  for (const before of phases.slice(0, Math.max(0, phases.indexOf(batch.phase)))) batch.done.add(before);
}

function newestFirst(a, b) {
  return b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);
}
