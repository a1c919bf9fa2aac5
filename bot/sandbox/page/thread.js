// The messages of one chat on a phone: drawn once each, redrawn when they change, scrolled as a messenger does.

import { h, icon, setText, stillness } from "./dom.js";
import { bubble } from "./bubble.js";
import { dayNumber, dayTitle, moment } from "./time.js";

const DOWN = "M6 10l6 6 6-6";
const NEAR = 60;

export class Thread {
  #drawn = new Map();
  #seen;
  #chat = null;

  /** `seen(chat)` is called when the newest message of the chat is in view. */
  constructor(seen) {
    this.#seen = seen;
    this.pin = h("button", { type: "button", class: "pin", hidden: true, onclick: () => this.#showPinned() });
    this.log = h("ol", { class: "log", role: "log", "aria-live": "polite", tabindex: "0" });
    this.log.addEventListener("scroll", () => this.#look(), { passive: true });
    this.count = h("span", { class: "count", hidden: true });
    this.more = h("button", {
      type: "button", class: "more", hidden: true, "aria-label": "К последним сообщениям", onclick: () => this.toEnd(),
    }, icon(DOWN), this.count);
  }

  /** Forget what is drawn: another chat or another reader comes. */
  clear() {
    this.#drawn.clear();
    this.#chat = null;
    this.log.replaceChildren();
  }

  /** Draw what changed; `viewOf(row)` says how a row's bubble is looked at. */
  draw(chat, viewOf) {
    const fresh = this.#chat === null;
    const atEnd = fresh || this.#atEnd();
    this.#chat = chat;
    this.#place(this.#nodes(chat, viewOf, fresh));
    this.#drawPin(chat);
    if (atEnd) this.toEnd();
    this.#look();
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  #nodes(chat, viewOf, fresh) {
    const nodes = [];
    let day = null;
    for (const row of chat.messages.values()) {
      const at = moment(row.date);
      if (dayNumber(at) !== day) {
        day = dayNumber(at);
        nodes.push(this.#keep(`day${day}`, "", () => line(dayTitle(at)), true));
      }
      nodes.push(this.#keep(row.message_id, JSON.stringify(row), () => bubble(row, viewOf(row)), fresh));
    }
    if (!nodes.length) nodes.push(this.#keep("empty", "", () => line("Здесь пока пусто"), true));
    return nodes;
  }

  #keep(id, mark, make, quiet) {
    const old = this.#drawn.get(id);
    if (old?.mark === mark) return old.node;
    const node = make();
    if (!old && !quiet) node.classList.add("fresh");
    this.#drawn.set(id, { mark, node });
    return node;
  }

  /** Put the nodes into the log without touching those that stay; the focus stays with its message. */
  #place(nodes) {
    const wanted = new Set(nodes);
    const focused = document.activeElement?.closest?.(".msg");
    const lost = this.log.contains(focused) && !wanted.has(focused);
    const redrawn = lost ? this.#drawn.get(Number(focused.dataset.id)) : null;
    for (const old of [...this.log.children]) if (!wanted.has(old)) old.remove();
    let place = this.log.firstChild;
    for (const node of nodes) {
      if (node === place) place = place.nextSibling;
      else this.log.insertBefore(node, place);
    }
    for (const [id, { node }] of this.#drawn) if (!wanted.has(node)) this.#drawn.delete(id);
    redrawn?.node.querySelector(".key:not(:disabled)")?.focus({ preventScroll: true });
  }

  #drawPin(chat) {
    const row = [...chat.messages.values()].filter((one) => one.pinned).at(-1);
    this.pin.hidden = !row;
    if (!row) return;
    this.pin.dataset.id = row.message_id;
    this.pin.replaceChildren(h("b", null, "Закреплено"), h("span", null, row.text.split("\n")[0]));
  }

  #showPinned() {
    const behavior = stillness.matches ? "auto" : "smooth";
    this.#drawn.get(Number(this.pin.dataset.id))?.node.scrollIntoView({ block: "center", behavior });
  }

  #atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
  }

  #look() {
    if (!this.#chat) return;
    const below = !this.#atEnd();
    this.more.hidden = !below;
    if (!below && !document.hidden) this.#seen(this.#chat);
    this.count.hidden = !this.#chat.unread;
    setText(this.count, String(this.#chat.unread));
  }
}

function line(text) {
  return h("li", { class: "day" }, h("span", null, text));
}
