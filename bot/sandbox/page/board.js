// The CRM board: one tab a pipeline, a column for every stage where work is going on, counters for the final ones.

import { avatar, h, plural, remembered, setText, stillness, tint } from "./dom.js";
import { call } from "./wire.js";
import { countdown, moment } from "./time.js";

/** With more columns than this the empty ones fold into strips. */
const MOST_WIDE = 4;
const EDGE = 16;

export class Board {
  #app;
  #data = null;
  #node;
  #mark = null;
  #chosen = remembered("pipeline");
  #places = null;
  #open = new Set();
  #counters = [];

  constructor(app, node) {
    this.#app = app;
    this.#node = node;
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Воронки" });
    this.off = h("p", { class: "off", hidden: true },
      "CRM выключена: ответы с телефонов ждут и будут внесены, когда она вернётся");
    this.columns = h("div", {
      class: "columns", id: "columns", role: "tabpanel", tabindex: "0", "aria-label": "Стадии",
    });
    this.finals = h("div", { class: "finals", role: "group", "aria-label": "Завершённые" });
    const head = h("div", { class: "board-head" }, h("h2", null, "CRM"), this.tabs);
    node.append(head, this.off, this.columns, this.finals);
  }

  async refresh() {
    const data = await call("/sandbox/board");
    const text = JSON.stringify(data);
    if (text === this.#mark) return;
    this.#mark = text;
    this.#data = data;
    this.draw();
  }

  setWire(on) {
    this.off.hidden = on;
  }

  /** Draw the pipeline on show and make what moved visible. */
  draw() {
    const pipelines = this.#data?.pipelines ?? [];
    const shown = pipelines.find((line) => keyOf(line) === this.#chosen) ?? pipelines[0];
    if (!shown) return;
    const moved = this.#moved(pipelines);
    const before = this.#rects();
    const focused = document.activeElement?.dataset.place;
    this.#drawTabs(pipelines, shown, moved);
    this.#counters = [];
    const keep = [this.columns.scrollLeft, this.columns.scrollTop, this.finals.scrollTop];
    const open = shown.stages.filter((stage) => !isFinal(stage));
    this.columns.classList.toggle("dense", open.length > MOST_WIDE);
    this.columns.replaceChildren(...open.map((stage) => this.#column(stage, moved)));
    this.finals.replaceChildren(...shown.stages.filter(isFinal).map((stage) => this.#final(stage, moved)));
    [this.columns.scrollLeft, this.columns.scrollTop, this.finals.scrollTop] = keep;
    if (focused) this.#node.querySelector(`[data-place="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    this.#reveal(this.columns.querySelector(".card.flash"));
    this.#glide(before);
    this.tick(this.#app.clock.now());
    if (moved.size) this.#app.did("board");
  }

  #moved(pipelines) {
    const places = new Map();
    for (const line of pipelines) {
      for (const stage of line.stages) {
        for (const card of stage.cards) places.set(nameOf(card), `${keyOf(line)}/${stage.id}`);
      }
    }
    const moved = new Set();
    if (this.#places) for (const [name, place] of places) if (this.#places.get(name) !== place) moved.add(name);
    this.#places = places;
    return moved;
  }

  #drawTabs(pipelines, shown, moved) {
    this.tabs.replaceChildren(...pipelines.map((line) => {
      const news = line !== shown && line.stages.some((stage) => stage.cards.some((card) => moved.has(nameOf(card))));
      const live = line.stages.filter((stage) => !isFinal(stage)).reduce((sum, stage) => sum + stage.total, 0);
      return h("button", {
        type: "button", role: "tab", "data-place": keyOf(line), class: news ? "news" : null,
        "aria-selected": String(line === shown), "aria-controls": "columns",
        onclick: () => {
          this.#chosen = keyOf(line);
          remembered("pipeline", this.#chosen);
          this.columns.scrollLeft = 0;
          this.draw();
        },
      }, titleOf(line, pipelines), h("span", { class: "num" }, String(live)));
    }));
  }

  #column(stage, moved) {
    const label = `${stage.title}: ${stage.total}`;
    const look = { class: "column", style: `--stage:${colour(stage.color)}`, "aria-label": label };
    return h("section", look,
      h("h3", null, h("span", null, stage.title), h("span", { class: "num" }, String(stage.total))),
      h("div", { class: "cards" }, stage.cards.map((card) => this.#card(card, moved))));
  }

  #final(stage, moved) {
    const fresh = stage.cards.some((card) => moved.has(nameOf(card)));
    const list = h("details", {
      class: `final${fresh ? " flash" : ""}`,
      style: `--stage:${colour(stage.color)}`, open: this.#open.has(stage.id),
      ontoggle: () => (list.open ? this.#open.add(stage.id) : this.#open.delete(stage.id)),
    },
    h("summary", { "data-place": `final-${stage.id}` }, h("i", { class: "dot" }), h("span", null, stage.title), h("b", null, String(stage.total))),
    h("div", { class: "cards" }, stage.cards.map((card) => this.#card(card, moved))));
    return list;
  }

  #card(card, moved) {
    const task = nextTask(card);
    const tries = triesOf(card, task);
    return h("article", { class: `card${moved.has(nameOf(card)) ? " flash" : ""}`, "data-name": nameOf(card) },
      h("div", { class: "client" },
        h("button", {
          type: "button", "data-place": nameOf(card), title: "Открыть в CRM",
          onclick: () => this.#app.record.open(card, this.#stagesOf(card)),
        }, h("b", null, card.client || card.title || `№ ${card.id}`)),
        card.owner ? h("span", { title: card.owner }, this.#face(card.owner)) : null),
      h("div", { class: "badges" },
        h("span", { class: "badge" }, card.source || `№ ${card.id}`),
        tries ? h("span", { class: "badge tries" }, tries) : null),
      task ? this.#task(task, card) : null);
  }

  #stagesOf(card) {
    const holds = (stage) => stage.cards.some((one) => nameOf(one) === nameOf(card));
    return this.#data.pipelines.find((line) => line.stages.some(holds)).stages;
  }

  #task(task, card) {
    const due = h("time", { class: "due" });
    const told = task.late_from ? { owed: moment(task.owed_from), late: moment(task.late_from) } : {};
    this.#counters.push({ node: due, at: moment(task.deadline), told });
    const more = card.open_tasks.length - 1;
    const client = card.client ? `: ${card.client}` : "";
    const title = client && task.title.endsWith(client) ? task.title.slice(0, -client.length) : task.title;
    const rest = more > 0 ? ` и ещё ${plural(more, "задача", "задачи", "задач")}` : "";
    return h("div", { class: "task" }, h("span", { title: task.title }, title, rest), due);
  }

  #face(owner) {
    return avatar(this.#app.people.find((one) => one.name === owner)?.id ?? 0, owner);
  }

  /** The earliest deadline after `now`, in milliseconds, or undefined. */
  nextDeadline(now) {
    const stages = (this.#data?.pipelines ?? []).flatMap((line) => line.stages);
    const tasks = stages.flatMap((stage) => stage.cards.flatMap((card) => card.open_tasks));
    return tasks.map((task) => moment(task.deadline)).filter((at) => at > now).sort((a, b) => a - b)[0];
  }

  #rects() {
    if (stillness.matches) return new Map();
    const cards = [...this.columns.querySelectorAll(".card")];
    return new Map(cards.map((card) => [card.dataset.name, card.getBoundingClientRect()]));
  }

  /** Scroll the board, and never the page, sideways to a card. */
  #reveal(card) {
    if (!card) return;
    const seen = this.columns.getBoundingClientRect();
    const { left, right } = card.getBoundingClientRect();
    this.columns.scrollLeft += Math.max(0, right + EDGE - seen.right) - Math.max(0, seen.left + EDGE - left);
  }

  #glide(before) {
    for (const card of this.columns.querySelectorAll(".card")) {
      const from = before.get(card.dataset.name);
      const to = card.getBoundingClientRect();
      if (!from || (from.left === to.left && from.top === to.top)) continue;
      const start = { transform: `translate(${from.left - to.left}px, ${from.top - to.top}px)`, zIndex: 2 };
      card.animate([start, { transform: "none" }], { duration: 420, easing: "cubic-bezier(.2,.8,.2,1)" });
    }
  }

  tick(now) {
    for (const { node, at, told } of this.#counters) {
      const { text, state } = Number.isNaN(at) ? { text: "без срока", state: "calm" } : countdown(at, now, told);
      setText(node, text);
      if (node.dataset.state !== state) node.dataset.state = state;
    }
  }
}

function isFinal(stage) {
  return stage.semantics !== "P";
}

/** «Сделки» is enough while there is one pipeline of them. */
function titleOf(line, pipelines) {
  if (line.entity !== "deal") return line.title;
  return pipelines.filter((one) => one.entity === "deal").length > 1 ? `Сделки: ${line.title}` : "Сделки";
}

function keyOf(line) {
  return `${line.entity}-${line.id}`;
}

function nameOf(card) {
  return `${card.entity}-${card.id}`;
}

function nextTask(card) {
  return [...card.open_tasks].sort((a, b) => (moment(a.deadline) || Infinity) - (moment(b.deadline) || Infinity))[0];
}

/** «попытка 2/6» when the task's title tells how many there will be, otherwise how many there were. */
function triesOf(card, task) {
  const said = /попытка\s+(\d+)\s*(?:из|\/)\s*(\d+)/i.exec(task?.title ?? "");
  if (said) return `попытка ${said[1]}/${said[2]}`;
  return card.attempts ? `попыток: ${card.attempts}` : null;
}

function colour(value) {
  return /^#[0-9a-f]{3,8}$/i.test(value ?? "") ? value : tint(2);
}
