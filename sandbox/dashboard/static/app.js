// The page: the login, the desk, the header around both, and the drawer to break things.
import { batchesSection, waitingSection } from "./batches.js";
import { bell } from "./bell.js";
import { classesSection } from "./classes.js";
import { connectionLight, follow } from "./connection.js";
import { batches, clearDesk, desk, tellErrors, waiting } from "./desk.js";
import { button, h, keep, nameClosing, refresh } from "./dom.js";
import { loadTexts } from "./edge.js";
import { attempt, problemSlot } from "./problems.js";
import { logIn, logOut, nameOf, onUser, sandbox, user } from "./session.js";
import { lang, setLanguage, t, tt } from "./texts.js";
import { drawerButton, fillDrawer } from "./try-it.js";

const main = document.getElementById("main");
const problems = problemSlot();

nameClosing(tt("close"));
tellErrors((error) => problems.show(error));
keep(document.getElementById("skip"), () => (document.getElementById("skip").textContent = t("skip")));
keep(document.documentElement, () => (document.title = waiting().length ? `(${waiting().length}) HuleEdu` : "HuleEdu"));
fillTop();
fillDrawer();
onUser(show);
show();
setInterval(refresh, 1000);
requestIdleCallback?.(() => loadTexts(lang()).catch(() => {}));

function fillTop() {
  const loggedIn = () => user() !== null;
  const languages = ["sv", "en"].map((each) =>
    button(each.toUpperCase(), () => setLanguage(each), {
      "aria-pressed": () => String(lang() === each),
      "aria-label": each === "sv" ? "SV, svenska" : "EN, English",
      lang: each,
    }),
  );
  document.getElementById("top").append(
    h("p", { class: "brand" }, h("span", {}, "HuleEdu"), h("small", {}, tt("sandbox"))),
    h("div", { class: "tools" },
      h("div", { class: "holder", hidden: () => !loggedIn() }, ...connectionLight(), ...bell()),
      drawerButton(),
      h("div", { class: "languages", role: "group", "aria-label": tt("language") }, languages),
      button(tt("log_out"), leave, { class: "quiet", hidden: () => !loggedIn() }),
    ),
  );
}

/** Shows the login, or the desk of the user who is logged in. */
function show() {
  clearDesk();
  problems.clear();
  main.replaceChildren(user() ? deskView() : loginView());
  if (user()) start();
}

function start() {
  follow().catch((error) => problems.show(error, start));
}

function loginView() {
  const slot = problemSlot();
  const choices = h("ul", { class: "people" }, sandbox.users.map((person) =>
    h("li", {}, h("button", { type: "button", onclick: () => attempt(slot, choices, () => logIn(person)) },
      h("span", { class: "initial", "aria-hidden": "true" }, nameOf(person).charAt(0)),
      h("span", {}, h("strong", {}, nameOf(person)), h("small", {}, person.email)))),
  ));
  return h(
    "section",
    { class: "login", "aria-labelledby": "login-title" },
    h("h1", { id: "login-title" }, tt("welcome")),
    h("p", { class: "lead" }, tt("what_is_this")),
    h("h2", {}, tt("log_in_as")),
    choices,
    slot.element,
    h("p", { class: "hint" }, tt("login_hint")),
  );
}

function deskView() {
  const { element } = problems;
  return h(
    "div",
    { class: "desk" },
    h("header", { class: "greeting" }, h("h1", {}, () => t("hello", { name: user() ? nameOf(user()) : "" })),
      h("p", { class: "lead" }, () => (desk.loaded ? t("summary", { batches: batches().length, waiting: waiting().length }) : t("loading"))), element),
    waitingSection(),
    h("div", { class: "columns" }, batchesSection(), classesSection()),
  );
}

async function leave() {
  await logOut().catch((error) => console.warn(error));
}
