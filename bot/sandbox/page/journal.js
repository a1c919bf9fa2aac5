// The journal drawer: every call on both wires as it happens.

import { byId, h } from "./dom.js";
import { call, debounced } from "./wire.js";
import { hhmmss, moment } from "./time.js";

const KEPT = 400;
const WIRES = { telegram: "Telegram", bitrix24: "Битрикс24" };

export class Journal {
  #node = byId("journal");
  #opener = byId("open-journal");
  #rows = new Map();
  #last = 0;
  #poke = debounced(() => this.#read());

  constructor() {
    const filter = () => this.#filter();
    this.target = h("select", { "aria-label": "Чьи вызовы", onchange: filter },
      h("option", { value: "" }, "Оба провода"),
      Object.entries(WIRES).map(([id, title]) => h("option", { value: id }, title)));
    this.search = h("input", {
      type: "search", placeholder: "Метод или текст", "aria-label": "Искать в журнале", oninput: filter,
    });
    this.quiet = h("input", { type: "checkbox", checked: true, onchange: filter });
    this.list = h("ol", { class: "calls", tabindex: "0", "aria-label": "Вызовы, новые сверху" });
    const close = h("button", {
      type: "button", class: "ghost round", "aria-label": "Закрыть журнал", onclick: () => this.toggle(false),
    }, "✕");
    this.#node.append(
      h("div", { class: "drawer-head" }, h("h2", null, "Журнал"), close),
      h("div", { class: "filters" }, this.target, this.search,
        h("label", { class: "check" }, this.quiet, "без опросов")),
      this.list);
    this.#opener.addEventListener("click", () => this.toggle());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.#node.hidden && !document.querySelector("dialog[open]")) this.toggle(false);
    });
  }

  toggle(open = this.#node.hidden) {
    this.#node.hidden = !open;
    this.#opener.setAttribute("aria-expanded", String(open));
    if (open) this.poke();
    else this.#opener.focus();
  }

  /** New calls came in; they are read only while the drawer is open. */
  poke() {
    if (!this.#node.hidden) this.#poke();
  }

  async #read() {
    if (!this.#last) this.#last = Math.max(0, (await newestId()) - KEPT);
    const rows = await call(`/sandbox/journal?after=${this.#last}`);
    for (const row of rows.slice(-KEPT)) {
      this.#last = Math.max(this.#last, row.id);
      const node = line(row);
      this.#rows.set(row.id, { row, node });
      node.hidden = !this.#fits(row);
      this.list.prepend(node);
    }
    for (const id of [...this.#rows.keys()].slice(0, Math.max(0, this.#rows.size - KEPT))) {
      this.#rows.get(id).node.remove();
      this.#rows.delete(id);
    }
  }

  #filter() {
    for (const { row, node } of this.#rows.values()) node.hidden = !this.#fits(row);
  }

  #fits(row) {
    if (this.target.value && row.target !== this.target.value) return false;
    if (this.quiet.checked && /^getUpdates$/i.test(row.method)) return false;
    const wanted = this.search.value.trim().toLowerCase();
    return !wanted || `${row.method} ${row.caller} ${JSON.stringify(row.params)}`.toLowerCase().includes(wanted);
  }
}

/** The id of the last call. The server lists only forward, so the end is searched for in halves. */
async function newestId() {
  let low = 0;
  for (let step = 2 ** 22; step >= 1; step /= 2) {
    if ((await call(`/sandbox/journal?after=${low + step - 1}&limit=1`)).length) low += step;
  }
  return low;
}

function line(row) {
  const bad = isBad(row.result);
  const details = h("details", null, h("summary", null,
    h("time", null, hhmmss(moment(row.at))),
    h("span", { class: `wire ${row.target}` }, WIRES[row.target] ?? row.target),
    h("b", null, row.method),
    bad ? h("span", { class: "bad" }, "отказ") : null,
    h("small", null, row.caller)));
  details.addEventListener("toggle", () => {
    if (details.childElementCount > 1) return;
    for (const [title, value] of [["Передано", row.params], ["Ответ", row.result]]) {
      details.append(h("h4", null, title), h("pre", null, pretty(value)));
    }
  });
  return h("li", null, details);
}

function isBad(result) {
  return Boolean(result && typeof result === "object" && (result.ok === false || result.error || result.fault));
}

function pretty(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
