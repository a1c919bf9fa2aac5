// A card of the board, opened: what a colleague may do in the CRM past the bot, and the client's own call.

import { byId, field, h } from "./dom.js";
import { call } from "./wire.js";

const TYPE = { lead: 1, deal: 2 };
const NAME = { lead: "Лид", deal: "Сделка" };
const STAGE = { lead: "STATUS_ID", deal: "STAGE_ID" };
/** An activity that is a call, and one that came from the client. */
const CALL = 2;
const INWARD = 1;

export class RecordForm {
  #app;
  #dialog = byId("record");

  constructor(app) {
    this.#app = app;
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
  }

  /** Show the card's record; `stages` are those of its pipeline. */
  open(card, stages) {
    const owner = this.#user(card.owner);
    const [task] = card.open_tasks;
    this.error = h("p", { class: "wrong", role: "alert", hidden: true });
    const select = (name, rows, chosen) =>
      h("select", { name }, rows.map(([value, words]) => h("option", { value, selected: value === chosen }, words)));
    const button = (words, work, kind = "ghost") =>
      h("button", { type: "button", class: kind, onclick: () => this.#do(work) }, words);
    const staff = this.#app.people.filter((person) => person.role === "manager" && person.crm_user_id);
    const owners = staff.map((person) => [person.crm_user_id, person.name]);
    if (!owners.some(([id]) => id === owner)) owners.unshift([owner, card.owner || "–"]);
    const form = h("form", { method: "dialog", onsubmit: (event) => this.#save(event, form, card, owner) },
      h("h2", { id: "record-title" }, card.client || card.title, h("small", null, `${NAME[card.entity]} № ${card.id}`)),
      button("📞 Клиент перезвонил", () => this.#ring(card, owner)),
      task ? button(`Закрыть задачу без анкеты: ${shortOf(task, card)}`, () => this.#close(task)) : null,
      field("Стадия", select("stage", stages.map((stage) => [stage.id, stage.title]), card.stage)),
      field("Ответственный", select("owner", owners, owner)),
      this.error,
      h("div", { class: "row" },
        h("button", { type: "button", class: "ghost", onclick: () => this.#dialog.close() }, "Отмена"),
        h("button", { type: "submit", class: "accent" }, "Сохранить в CRM")));
    this.#dialog.replaceChildren(form);
    this.#dialog.showModal();
  }

  /** The CRM user of this name; the portal's admin where he is unknown. */
  #user(name) {
    return this.#app.people.find((person) => person.name === name)?.crm_user_id ?? 1;
  }

  #ring(card, owner) {
    const now = new Date(this.#app.clock.now()).toISOString();
    return call(`/rest/${owner}/sandbox/crm.activity.add`, {
      fields: {
        OWNER_TYPE_ID: TYPE[card.entity], OWNER_ID: card.id, TYPE_ID: CALL, DIRECTION: INWARD, COMPLETED: "Y",
        SUBJECT: "Входящий звонок", RESPONSIBLE_ID: owner, START_TIME: now, END_TIME: now,
      },
    });
  }

  #close(task) {
    return call(`/rest/${this.#user(task.responsible)}/sandbox/tasks.task.complete`, { taskId: task.id });
  }

  #save(event, form, card, owner) {
    event.preventDefault();
    const data = new FormData(form);
    const fields = {};
    if (data.get("stage") !== card.stage) fields[STAGE[card.entity]] = data.get("stage");
    if (Number(data.get("owner")) !== owner) fields.ASSIGNED_BY_ID = Number(data.get("owner"));
    this.#do(() => (Object.keys(fields).length
      ? call(`/rest/${owner}/sandbox/crm.${card.entity}.update`, { id: card.id, fields }) : null));
  }

  async #do(work) {
    try {
      await work();
      this.#dialog.close();
    } catch (error) {
      const off = this.#app.wires.bitrix24 ? "" : " CRM сейчас выключена.";
      this.error.textContent = `Не вышло: ${error.message}.${off}`;
      this.error.hidden = false;
    }
  }
}

/** The task's title without the client, who stands on top. */
function shortOf(task, card) {
  return card.client ? task.title.replace(`: ${card.client}`, "") : task.title;
}
