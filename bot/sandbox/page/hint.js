// Three steps for a first visitor: they tick themselves off, can be dismissed and called back.

import { byId, h, remembered } from "./dom.js";

const STEPS = [
  { after: "lead", title: "Добавьте лид", text: "Кнопка «+ лид с сайта» вверху: заявка придёт менеджеру." },
  { after: "press", title: "Ответьте на телефоне", text: "Карточка придёт боту. Нажмите, чем кончился звонок." },
  { after: "board", title: "Смотрите на доску", text: "Стадия и задача поменяются сами. Время мотается вверху." },
];

export class Hint {
  #node = byId("hint");
  #done = 0;

  constructor() {
    byId("open-hint").addEventListener("click", () => {
      if (this.#node.hidden) this.#done = 0;
      this.#show(this.#node.hidden);
    });
    this.#draw();
    this.#node.hidden = remembered("hint") === "seen";
  }

  /** Something happened; the step that waited for it is done. */
  did(what) {
    if (this.#node.hidden || STEPS[this.#done]?.after !== what) return;
    this.#done += 1;
    this.#draw();
    if (this.#done === STEPS.length) remembered("hint", "seen");
  }

  #show(open) {
    this.#node.hidden = !open;
    if (open) this.#draw();
    else remembered("hint", "seen");
  }

  #draw() {
    const ended = this.#done === STEPS.length;
    const onclick = () => this.#show(false);
    const close = h("button", { type: "button", class: "ghost", onclick }, ended ? "Готово" : "Понятно");
    const steps = STEPS.map((step, index) => this.#step(step, index));
    this.#node.replaceChildren(...steps, h("li", { class: "close" }, close));
  }

  #step({ title, text }, index) {
    const done = index < this.#done;
    const now = index === this.#done;
    return h("li", { class: done ? "done" : now ? "now" : null, "aria-current": now ? "step" : null },
      h("span", { class: "disc" }, done ? "✓" : String(index + 1)), h("p", null, h("b", null, title), text));
  }
}
