// The line at the bottom of a phone: text, a file, or the person's own contact.

import { h, icon, notice } from "./dom.js";
import { CARD } from "./bubble.js";
import { call } from "./wire.js";

const CLIP = "M20 11.5 11.5 20a5 5 0 0 1-7-7L13 4.5a3.3 3.3 0 0 1 4.7 4.7L9.3 17.6a1.6 1.6 0 0 1-2.3-2.3L15 7.5";
const SEND = "M4 12 20 4l-4 16-5-6zM11 14l9-10";

export class Composer {
  #place;
  #sent;

  /** `place()` says where and who: {chat, person}; `sent(chat)` is called after every try. */
  constructor(place, sent) {
    this.#place = place;
    this.#sent = sent;
    this.input = h("input", {
      type: "text", placeholder: "Сообщение", "aria-label": "Сообщение", autocomplete: "off", maxlength: "4096",
    });
    this.file = h("input", { type: "file", multiple: true, hidden: true, onchange: () => this.#sendFiles() });
    this.node = h("form", { class: "write", onsubmit: (event) => this.#sendText(event) },
      tool("Прикрепить файл", CLIP, () => this.file.click()),
      this.file, this.input,
      tool("Отправить свой контакт", CARD, () => this.post({ contact: true })),
      h("button", { type: "submit", class: "tool send", "aria-label": "Отправить", title: "Отправить" }, icon(SEND)));
  }

  /** Send something as the person who holds the phone. */
  async post(body) {
    const { chat, person } = this.#place();
    if (body instanceof FormData) body.append("user_id", person.id);
    else body.user_id = person.id;
    try {
      await call(`/sandbox/chats/${chat.id}/messages`, body);
    } catch (error) {
      notice(`Не отправлено: ${error.message}`);
    }
    this.#sent(chat);
  }

  #sendText(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.post({ text });
  }

  /** Several files at once are an album: a message each, one after another, as a phone sends them. */
  async #sendFiles() {
    const files = [...this.file.files];
    const album = files.length > 1 ? String(Date.now()) : null;
    this.file.value = "";
    for (const file of files) {
      const body = new FormData();
      body.append("file", file, file.name);
      if (album) body.append("album", album);
      await this.post(body);
    }
  }
}

function tool(label, path, onclick) {
  return h("button", { type: "button", class: "tool", "aria-label": label, title: label, onclick }, icon(path));
}
