// Elements by small helpers. A function in place of a text or an attribute is evaluated again at each refresh, so a
// page is written once and follows the state and the language. Nothing here parses HTML.
const updates = new WeakMap();

/** Makes an element: `on…` properties are listeners, all others attributes; functions are kept up to date. */
export function h(tag, properties = {}, ...children) {
  return dress(document.createElement(tag), properties, children);
}

/** Makes an icon of the sprite; the text beside it says what it means. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `icons.svg#${name}`);
  return dress(document.createElementNS(space, "svg"), { class: "icon", "aria-hidden": "true" }, [use]);
}

/** Makes a button. */
export function button(text, onclick, properties = {}) {
  return h("button", { type: "button", onclick, ...properties }, text);
}

/** Makes a field with its label. */
export function label(text, field) {
  return h("label", { class: "field" }, h("span", {}, text), field);
}

/** A file's name that a line breaks behind an underscore, and nowhere else if it can. */
export function fileName(name) {
  return name.split(/(?<=_)/).flatMap((part, at) => (at ? [document.createElement("wbr"), part] : [part]));
}

/** Keeps one child for each item, made once by `make` and known by `keyOf`. */
export function each(parent, items, keyOf, make) {
  const made = new Map();
  return keep(parent, () => {
    const wanted = items().map((item) => [keyOf(item), item]);
    const keys = new Set(wanted.map(([key]) => key));
    for (const [key, child] of made) {
      if (keys.has(key)) continue;
      child.remove();
      made.delete(key);
    }
    for (const [at, [key, item]] of wanted.entries()) {
      if (!made.has(key)) made.set(key, make(item));
      const child = made.get(key);
      if (parent.children[at] !== child) parent.insertBefore(child, parent.children[at] ?? null);
    }
  });
}

/** Shows what `make` returns while `condition` holds something, made anew when that is another thing. */
export function when(condition, make) {
  const holder = h("div", { class: "holder" });
  const items = () => [condition()].filter((found) => found !== null && found !== undefined && found !== false);
  return each(holder, items, (found) => found, make);
}

/** Runs `update` now and at each refresh while the node is on the page. */
export function keep(node, update) {
  if (!updates.has(node)) updates.set(node, []);
  updates.get(node).push(update);
  update();
  return node;
}

let due = false;

/** Brings the page up to date, once for all changes of this task. */
export function refresh() {
  if (due) return;
  due = true;
  setTimeout(() => {
    due = false;
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.currentNode; node; node = walker.nextNode()) updates.get(node)?.forEach((update) => update());
  });
}

/** Opens a dialog; the browser keeps the focus inside and gives it back. Returns the element, which `close()` ends. */
export function openDialog(title, content, { onclose = () => {}, wide = false } = {}) {
  const heading = h("h2", { id: "dialog-title" }, title);
  const end = button(icon("close"), () => dialog.close(), { class: "quiet square", "aria-label": closing });
  const dialog = h("dialog", { class: wide ? "wide" : "", "aria-labelledby": "dialog-title" });
  dialog.append(h("header", {}, heading, end), content);
  dialog.addEventListener("close", () => {
    dialog.remove();
    onclose();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

let closing = () => "";

/** Sets how a dialog's closing button is named. */
export function nameClosing(name) {
  closing = name;
}

/** Says something to a screen reader when it has time. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

function dress(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (typeof value === "function") keep(element, () => assign(element, name, value()));
    else assign(element, name, value);
  }
  for (const child of children.flat()) {
    if (typeof child === "function") element.append(liveText(child));
    else if (child !== null && child !== undefined) element.append(child);
  }
  return element;
}

function liveText(text) {
  const node = document.createTextNode("");
  return keep(node, () => {
    const said = String(text() ?? "");
    if (node.data !== said) node.data = said;
  });
}

function assign(element, name, value) {
  if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : String(value));
}
