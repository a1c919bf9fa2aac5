// What every chat holds, re-read when the stream hints at a change, and what was not seen yet.

import { call, debounced } from "./wire.js";

const KEPT = 200;

/** One chat as its phone knows it. */
class Chat {
  messages = new Map();
  read = 0;
  loaded = false;

  constructor(row) {
    Object.assign(this, row);
  }

  get newest() {
    return Math.max(0, ...this.messages.keys());
  }

  /** Messages that came after the last look, own ones of a private chat not counted. */
  get unread() {
    const rows = [...this.messages.values()];
    return rows.filter((row) => row.message_id > this.read && row.from_id !== this.id).length;
  }
}

export class Chats {
  #chats = new Map();
  #listeners = [];
  #pokes = new Map();

  onChange(listener) {
    this.#listeners.push(listener);
  }

  all() {
    return [...this.#chats.values()];
  }

  get(id) {
    return this.#chats.get(id);
  }

  get group() {
    return this.all().find((chat) => chat.type !== "private");
  }

  /** Take over the list of chats; known ones keep their messages. */
  async load() {
    const rows = await call("/sandbox/chats");
    const known = this.#chats;
    this.#chats = new Map(rows.map((row) => [row.id, Object.assign(known.get(row.id) ?? new Chat(row), row)]));
    for (const row of rows) {
      if (!this.#pokes.has(row.id)) this.#pokes.set(row.id, debounced(() => this.#read(row.id)));
    }
    await Promise.all(rows.map((row) => this.#read(row.id)));
  }

  /** Something happened in a chat (null: perhaps in any): read it again soon. */
  poke(id) {
    for (const [key, poke] of this.#pokes) if (id === null || id === undefined || id === key) poke();
  }

  markRead(id) {
    const chat = this.get(id);
    if (!chat || chat.read === chat.newest) return;
    chat.read = chat.newest;
    this.#tell(chat);
  }

  async #read(id) {
    const chat = this.get(id);
    if (!chat) return;
    const oldest = chat.messages.size ? Math.min(...chat.messages.keys()) - 1 : 0;
    const rows = await call(`/sandbox/chats/${id}/messages?after=${oldest}`);
    const shown = rows.filter((row) => !row.deleted).slice(-KEPT);
    chat.messages = new Map(shown.map((row) => [row.message_id, row]));
    if (!chat.loaded) {
      chat.loaded = true;
      chat.read = chat.newest;
    }
    this.#tell(chat);
  }

  #tell(chat) {
    for (const listener of this.#listeners) listener(chat);
  }
}
