// A phone: a chat with the bot (or the group) in the hands of one person, who can be changed on top.

import { avatar, botFace, h, plural, remembered, ROLES, setText } from "./dom.js";
import { Composer } from "./composer.js";
import { Thread } from "./thread.js";
import { hhmm } from "./time.js";
import { call } from "./wire.js";

const TOAST_SHOWN = 4000;

export class Phone {
  #app;
  #slot;
  #group;
  #person = null;
  #pressed = new Set();
  #toastTimer = 0;
  #shown = null;
  #peopleMark = null;

  /** `slot` names the phone in the visitor's memory; `group` makes it show the floor's group. */
  constructor(app, { slot, group = false }) {
    this.#app = app;
    this.#slot = slot;
    this.#group = group;
    this.thread = new Thread((chat) => app.chats.markRead(chat.id));
    this.composer = new Composer(() => ({ chat: this.chat, person: this.#person }), (chat) => {
      this.thread.toEnd();
      app.chats.poke(chat.id);
    });
    this.people = h("div", {
      class: "people", role: "group", "aria-label": group ? "Кто пишет в группе" : "Чей это телефон",
    });
    this.title = h("b");
    this.subtitle = h("small");
    this.face = h("span", { class: "face" });
    this.barTime = h("time");
    this.toast = h("div", { class: "toast", role: "status", hidden: true });
    this.screen = h("div", { class: "screen" },
      statusBar(this.barTime),
      h("div", { class: "chat-head" }, this.face, h("div", { class: "who" }, this.title, this.subtitle)),
      this.thread.pin,
      h("div", { class: "pane" }, this.thread.log, this.thread.more, this.toast),
      this.composer.node);
    this.node = h("article", { class: "phone" }, this.people, h("div", { class: "shell" }, this.screen));
  }

  get person() {
    return this.#person;
  }

  get chat() {
    return this.#group ? this.#app.chats.group : this.#app.chats.get(this.#person?.private_chat_id);
  }

  /** Give the phone to the person remembered from last time, or to the one proposed. */
  open(proposed) {
    const known = this.#choices().find((person) => String(person.id) === remembered(this.#slot));
    this.#hand(known ?? proposed ?? this.#choices()[0]);
  }

  #hand(person) {
    this.#person = person;
    this.drawPeople();
    this.draw();
  }

  #choices() {
    const members = this.chat?.member_ids ?? [];
    return this.#group ? this.#app.people.filter((person) => members.includes(person.id)) : this.#app.people;
  }

  /** Draw who can hold the phone and what waits for them. */
  drawPeople() {
    const unreadOf = (person) => (this.#group ? 0 : this.#app.chats.get(person.private_chat_id)?.unread ?? 0);
    const rows = this.#choices().map((person) => [person, unreadOf(person)]);
    const mark = JSON.stringify([this.#person?.id, rows.map(([person, unread]) => [person.id, unread])]);
    if (mark === this.#peopleMark || !this.#person) return;
    this.#peopleMark = mark;
    const focused = this.people.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    this.people.replaceChildren(
      ...rows.map(([person, unread]) => this.#choice(person, unread)),
      h("span", { class: "owner" }, h("b", null, this.#person.name), h("small", null, roleOf(this.#person))));
    if (focused) this.people.querySelector(`[data-id="${focused}"]`)?.focus();
    this.node.setAttribute("aria-label", this.#group ? "Группа отдела" : `Телефон: ${this.#person.name}`);
  }

  #choice(person, unread) {
    const current = person.id === this.#person.id;
    const label = `${person.name}, ${roleOf(person)}`;
    return h("button", {
      type: "button", "data-id": person.id, "aria-pressed": String(current), title: label,
      "aria-label": unread ? `${label}, новых: ${unread}` : label,
      onclick: () => {
        remembered(this.#slot, String(person.id));
        this.#hand(person);
      },
    }, avatar(person.id, person.name), unread && !current ? h("span", { class: "count" }, String(unread)) : null);
  }

  /** Draw what changed in the chat on show. */
  draw() {
    const chat = this.chat;
    if (!chat || !this.#person) return;
    const shown = `${chat.id}:${this.#person.id}`;
    if (this.#shown !== shown) {
      this.#shown = shown;
      this.thread.clear();
      this.toast.hidden = true;
      this.face.replaceChildren(this.#group ? avatar(chat.id, chat.title) : botFace());
    }
    setText(this.title, this.#group ? chat.title : "Дозвон");
    const state = this.#group ? plural(chat.member_ids.length + 1, "участник", "участника", "участников") : "бот";
    setText(this.subtitle, this.#app.wires.telegram ? state : "ожидание сети…");
    this.thread.log.setAttribute("aria-label", `Сообщения: ${this.title.textContent}`);
    this.thread.draw(chat, (row) => this.#viewOf(row, chat));
  }

  #viewOf(row, chat) {
    return {
      mine: row.from_id === this.#person.id,
      group: this.#group,
      author: this.#app.people.find((person) => person.id === row.from_id),
      now: () => this.#app.clock.now(),
      command: (text) => this.composer.post({ text }),
      press: (button, node) => this.#press(chat, row, button, node),
    };
  }

  async #press(chat, row, button, node) {
    const mark = `${row.message_id}:${button.data}`;
    if (this.#pressed.has(mark)) return;
    this.#pressed.add(mark);
    node.classList.add("busy");
    const path = `/sandbox/chats/${chat.id}/messages/${row.message_id}/press`;
    try {
      const { answer } = await call(path, { user_id: this.#person.id, data: button.data });
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
    this.#toastTimer = setTimeout(() => { this.toast.hidden = true; }, TOAST_SHOWN);
  }

  #alert(text) {
    const before = document.activeElement;
    const close = () => {
      veil.remove();
      before?.focus?.({ preventScroll: true });
    };
    const button = h("button", { type: "button", onclick: close }, "ОК");
    const veil = h("div", {
      class: "veil", role: "alertdialog", "aria-modal": "true", "aria-label": "Сообщение бота",
      onkeydown: (event) => event.key === "Escape" && close(),
    }, h("div", { class: "alert" }, h("p", null, text), button));
    this.screen.append(veil);
    button.focus();
  }

  tick(now) {
    setText(this.barTime, hhmm(now));
  }
}

function roleOf(person) {
  return ROLES[person.role] ?? "посторонний";
}

function statusBar(time) {
  const signs = h("span", { class: "signs" }, h("i"), h("i"), h("i"), h("em"));
  return h("div", { class: "bar", "aria-hidden": "true" }, time, h("span", { class: "isle" }), signs);
}
