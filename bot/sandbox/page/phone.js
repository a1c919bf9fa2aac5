// A phone: a chat with the bot (or the group) in the hands of one person, who can be changed on top.

import { avatar, botFace, h, icon, notice, ROLES, plural, remembered, setText, stillness } from "./dom.js";
import { CARD, bubble } from "./bubble.js";
import { call } from "./wire.js";
import { dayNumber, dayTitle, hhmm, moment } from "./time.js";

const CLIP = "M20 11.5 11.5 20a5 5 0 0 1-7-7L13 4.5a3.3 3.3 0 0 1 4.7 4.7L9.3 17.6a1.6 1.6 0 0 1-2.3-2.3L15 7.500";
const SEND = "M4 12 20 4l-4 16-5-6zM11 14l9-10";
const DOWN = "M6 10l6 6 6-6";
const NEAR = 60;

export class Phone {
  #app;
  #slot;
  #group;
  #person = null;
  #drawn = new Map();
  #pressed = new Set();
  #toastTimer = 0;
  #shownChat = null;
  #peopleMark = null;

  /** `slot` names the phone in the visitor's memory; `group` makes it show the floor's group. */
  constructor(app, { slot, group = false }) {
    this.#app = app;
    this.#slot = slot;
    this.#group = group;
    this.#build();
  }

  #build() {
    this.people = h("div", { class: "people", role: "group", "aria-label": this.#group ? "Кто пишет в группе" : "Чей это телефон" });
    this.title = h("b");
    this.subtitle = h("small");
    this.face = h("span", { class: "face" });
    this.bar = h("time", { class: "bar-time" });
    this.pin = h("button", { type: "button", class: "pin", hidden: true, onclick: () => this.#showPinned() });
    this.log = h("ol", { class: "log", role: "log", "aria-live": "polite", tabindex: "0" });
    this.log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.more = h("button", { type: "button", class: "more", hidden: true, "aria-label": "К последним сообщениям", onclick: () => this.#toEnd() },
      icon(DOWN), h("span", { class: "count", hidden: true }));
    this.toast = h("div", { class: "toast", role: "status", hidden: true });
    this.input = h("input", { type: "text", placeholder: "Сообщение", "aria-label": "Сообщение", autocomplete: "off", maxlength: "4096" });
    this.file = h("input", { type: "file", hidden: true, tabindex: "-1", "aria-hidden": "true", onchange: () => this.#sendFile() });
    this.contact = h("button", { type: "button", class: "tool", "aria-label": "Отправить свой контакт", title: "Отправить свой контакт", onclick: () => this.#post({ contact: true }) }, icon(CARD));
    const form = h("form", { class: "write", onsubmit: (event) => this.#sendText(event) },
      h("button", { type: "button", class: "tool", "aria-label": "Прикрепить файл", title: "Прикрепить файл", onclick: () => this.file.click() }, icon(CLIP)),
      this.file, this.input, this.contact,
      h("button", { type: "submit", class: "tool send", "aria-label": "Отправить" }, icon(SEND)));
    this.screen = h("div", { class: "screen" },
      h("div", { class: "bar", "aria-hidden": "true" }, this.bar, h("span", { class: "isle" }), h("span", { class: "signs" }, h("i"), h("i"), h("i"), h("em"))),
      h("div", { class: "chat-head" }, this.face, h("div", { class: "who" }, this.title, this.subtitle)),
      this.pin, h("div", { class: "pane" }, this.log, this.more, this.toast), form);
    this.node = h("article", { class: `phone${this.#group ? " group" : ""}` }, this.people, h("div", { class: "shell" }, this.screen));
  }

  get chat() {
    return this.#group ? this.#app.chats.group : this.#app.chats.get(this.#person?.private_chat_id);
  }

  /** Give the phone to the person remembered from last time, or to the one proposed. */
  open(proposed) {
    const known = this.#app.people.find((person) => String(person.id) === remembered(this.#slot));
    this.hand(known && this.#choices().includes(known) ? known : proposed ?? this.#choices()[0]);
  }

  /** Give the phone to a person. */
  hand(person) {
    this.#person = person;
    this.drawPeople();
    this.draw();
  }

  get person() {
    return this.#person;
  }

  #choices() {
    const members = this.chat?.member_ids ?? [];
    return this.#group ? this.#app.people.filter((person) => members.includes(person.id)) : this.#app.people;
  }

  drawPeople() {
    const unreadOf = (person) => (this.#group ? 0 : this.#app.chats.get(person.private_chat_id)?.unread ?? 0);
    const mark = JSON.stringify([this.#person?.id, ...this.#choices().map((person) => [person.id, unreadOf(person)])]);
    if (mark === this.#peopleMark) return;
    this.#peopleMark = mark;
    this.people.replaceChildren(...this.#choices().map((person) => {
      const unread = unreadOf(person);
      const role = ROLES[person.role] ?? "посторонний";
      const current = person.id === this.#person?.id;
      return h("button", {
        type: "button", "aria-pressed": String(current), title: `${person.name}, ${role}`,
        "aria-label": `${person.name}, ${role}${unread ? `, новых: ${unread}` : ""}`,
        onclick: () => { remembered(this.#slot, String(person.id)); this.hand(person); },
      }, avatar(person.id, person.name), unread && !current ? h("span", { class: "count" }, String(unread)) : null);
    }));
    if (!this.#person) return;
    const role = ROLES[this.#person.role] ?? "посторонний";
    this.people.append(h("span", { class: "owner" }, h("b", null, this.#person.name), h("small", null, role)));
    this.node.setAttribute("aria-label", this.#group ? "Группа отдела" : `Телефон: ${this.#person.name}`);
  }

  /** Draw what changed in the chat on show. */
  draw() {
    const chat = this.chat;
    if (!chat || !this.#person) return;
    const fresh = this.#shownChat !== `${chat.id}:${this.#person.id}`;
    if (fresh) {
      this.#shownChat = `${chat.id}:${this.#person.id}`;
      this.#drawn.clear();
      this.log.replaceChildren();
      this.toast.hidden = true;
    }
    const atEnd = fresh || this.#atEnd();
    this.#head(chat);
    this.#rows(chat, fresh);
    this.#pinned(chat);
    if (atEnd) this.#toEnd();
    this.#scrolled();
  }

  #head(chat) {
    setText(this.title, this.#group ? chat.title : "Дозвон");
    const state = this.#group ? plural(chat.member_ids.length + 1, "участник", "участника", "участников") : "бот";
    setText(this.subtitle, this.#app.wires.telegram ? state : "ожидание сети…");
    this.log.setAttribute("aria-label", `Сообщения: ${this.title.textContent}`);
    const face = this.#group ? avatar(chat.id, chat.title) : botFace();
    this.face.replaceChildren(face);
  }

  #rows(chat, fresh) {
    const nodes = [];
    let day = null;
    for (const row of chat.messages.values()) {
      const at = moment(row.date);
      if (dayNumber(at) !== day) {
        day = dayNumber(at);
        nodes.push(this.#keep(`day${day}`, "", () => dayMark(dayTitle(at)), true));
      }
      nodes.push(this.#keep(row.message_id, JSON.stringify(row), () => this.#bubble(row, chat), fresh));
    }
    if (!nodes.length) nodes.push(this.#keep("empty", "", () => dayMark("Здесь пока пусто"), true));
    const wanted = new Set(nodes);
    const focus = document.activeElement?.closest?.("li");
    const refocus = this.log.contains(focus) && !wanted.has(focus) ? this.#drawn.get(Number(focus.dataset.id))?.node : null;
    for (const old of [...this.log.children]) if (!wanted.has(old)) old.remove();
    let place = this.log.firstChild;
    for (const node of nodes) {
      if (node === place) place = place.nextSibling;
      else this.log.insertBefore(node, place);
    }
    for (const [id, { node }] of this.#drawn) if (!wanted.has(node)) this.#drawn.delete(id);
    refocus?.querySelector(".key:not(:disabled)")?.focus({ preventScroll: true });
  }

  #keep(id, mark, make, quiet) {
    const old = this.#drawn.get(id);
    if (old?.mark === mark) return old.node;
    const node = make();
    if (!old && !quiet) node.classList.add("fresh");
    this.#drawn.set(id, { mark, node });
    return node;
  }

  #bubble(row, chat) {
    const author = this.#app.people.find((person) => person.id === row.from_id);
    return bubble(row, {
      mine: row.from_id === this.#person.id,
      group: this.#group,
      author,
      now: () => this.#app.clock.now(),
      command: (text) => this.#post({ text }),
      press: (button, node) => this.#press(chat, row, button, node),
    });
  }

  async #press(chat, row, button, node) {
    const mark = `${row.message_id}:${button.data}`;
    if (this.#pressed.has(mark)) return;
    this.#pressed.add(mark);
    node.classList.add("busy");
    try {
      const { answer } = await call(`/sandbox/chats/${chat.id}/messages/${row.message_id}/press`, { user_id: this.#person.id, data: button.data });
      this.#app.did("press");
      if (answer?.text && answer.show_alert) this.#alert(answer.text);
      else if (answer?.text) this.#say(answer.text);
    } catch (error) {
      this.#say(error.message);
    } finally {
      this.#pressed.delete(mark);
      node.classList.remove("busy");
      this.#app.chats.poke(chat.id);
    }
  }

  #say(text) {
    this.toast.textContent = text;
    this.toast.hidden = false;
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => { this.toast.hidden = true; }, 4000);
  }

  #alert(text) {
    const before = document.activeElement;
    const close = () => { veil.remove(); before?.focus?.(); };
    const button = h("button", { type: "button", onclick: close }, "ОК");
    const veil = h("div", { class: "veil", role: "alertdialog", "aria-modal": "true", "aria-label": "Сообщение бота", onkeydown: (event) => event.key === "Escape" && close() },
      h("div", { class: "alert" }, h("p", null, text), button));
    this.screen.append(veil);
    button.focus();
  }

  async #post(body) {
    const chat = this.chat;
    try {
      await call(`/sandbox/chats/${chat.id}/messages`, { user_id: this.#person.id, ...body });
      this.#toEnd();
    } catch (error) {
      notice(`Не отправлено: ${error.message}`);
    }
    this.#app.chats.poke(chat.id);
  }

  #sendText(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.#post({ text });
  }

  async #sendFile() {
    const [file] = this.file.files;
    if (!file) return;
    const body = new FormData();
    body.append("user_id", String(this.#person.id));
    body.append("file", file, file.name);
    this.file.value = "";
    try {
      await call(`/sandbox/chats/${this.chat.id}/messages`, body, { raw: true });
    } catch (error) {
      notice(`Файл не отправлен: ${error.message}`);
    }
    this.#app.chats.poke(this.chat.id);
  }

  #pinned(chat) {
    const row = [...chat.messages.values()].filter((one) => one.pinned).at(-1);
    this.pin.hidden = !row;
    if (!row) return;
    this.pin.dataset.id = row.message_id;
    this.pin.replaceChildren(h("b", null, "Закреплено"), h("span", null, row.text.split("\n")[0]));
  }

  #showPinned() {
    this.#drawn.get(Number(this.pin.dataset.id))?.node.scrollIntoView({ block: "center", behavior: stillness.matches ? "auto" : "smooth" });
  }

  #atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
  }

  #toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  #scrolled() {
    const chat = this.chat;
    if (!chat) return;
    const below = !this.#atEnd();
    this.more.hidden = !below;
    if (!below && !document.hidden) this.#app.chats.markRead(chat.id);
    const count = this.more.lastChild;
    count.hidden = !chat.unread;
    setText(count, String(chat.unread));
  }

  tick(now) {
    setText(this.bar, hhmm(now));
  }
}

function dayMark(text) {
  return h("li", { class: "day" }, h("span", null, text));
}
