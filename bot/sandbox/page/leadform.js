// «+ лид с сайта»: a small form with an invented client, sent the way a site sends it.

import { byId, field, h, remembered } from "./dom.js";
import { call } from "./wire.js";

const MEN = ["Пётр", "Сергей", "Николай", "Артём", "Михаил", "Виктор", "Роман", "Павел"];
const WOMEN = ["Елена", "Марина", "Ирина", "Светлана", "Татьяна", "Вера", "Дарья", "Нина"];
const SURNAMES = ["Проверкин", "Образцов", "Заявкин", "Пробный", "Выдумкин", "Черновиков", "Примеров", "Учебников"];

const pick = (list) => list[Math.floor(Math.random() * list.length)];

function invented() {
  const woman = Math.random() < 0.5;
  const surname = pick(SURNAMES);
  const feminine = surname.endsWith("ый") ? `${surname.slice(0, -2)}ая` : `${surname}а`;
  return {
    name: `${pick(woman ? WOMEN : MEN)} ${woman ? feminine : surname}`,
    phone: `+7900000${String(Math.floor(Math.random() * 10_000)).padStart(4, "0")}`,
  };
}

export class LeadForm {
  #app;
  #dialog = byId("lead");
  #sources = [];

  constructor(app) {
    this.#app = app;
    byId("open-lead").addEventListener("click", () => this.open());
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
  }

  async open() {
    await this.#askSources();
    const { name, phone } = invented();
    const chosen = remembered("source");
    const owners = this.#app.people.filter((person) => person.role === "manager" && person.crm_user_id);
    const first = this.#app.phones[0]?.person;
    this.error = h("p", { class: "wrong", role: "alert", hidden: true });
    this.submit = h("button", { type: "submit", class: "accent" }, "Отправить заявку");
    const sources = this.#sources.map((source) =>
      h("option", { value: source.STATUS_ID, selected: source.STATUS_ID === chosen }, source.NAME));
    const cancel = h("button", { type: "button", class: "ghost", onclick: () => this.#dialog.close() }, "Отмена");
    const form = h("form", { method: "dialog", onsubmit: (event) => this.#send(event, form) },
      h("h2", { id: "lead-title" }, "Новая заявка с сайта"),
      field("Имя и фамилия", h("input", { name: "name", value: name, required: true, autocomplete: "off" })),
      field("Телефон", h("input", { name: "phone", value: phone, type: "tel", autocomplete: "off" })),
      h("div", { class: "pair" },
        sources.length ? field("Источник", h("select", { name: "source" }, sources)) : null,
        owners.length ? field("Ответственный", h("select", { name: "owner" }, owners.map((person) =>
          h("option", { value: person.crm_user_id, selected: person.id === first?.id }, person.name)))) : null),
      this.error,
      h("div", { class: "row" }, cancel, this.submit));
    this.#dialog.replaceChildren(form);
    this.#dialog.showModal();
    this.submit.focus();
  }

  /** The portal's sources; with the CRM off the form does without them. */
  async #askSources() {
    if (this.#sources.length) return;
    const body = { filter: { ENTITY_ID: "SOURCE" } };
    const answer = await call("/rest/1/sandbox/crm.status.list", body).catch(() => null);
    this.#sources = answer?.result ?? [];
  }

  async #send(event, form) {
    event.preventDefault();
    const data = new FormData(form);
    const [name, ...rest] = String(data.get("name")).trim().split(/\s+/);
    const phone = String(data.get("phone")).trim();
    const source = data.get("source");
    const owner = data.get("owner");
    if (source) remembered("source", source);
    this.submit.disabled = true;
    try {
      await call("/rest/1/sandbox/crm.lead.add", {
        fields: {
          TITLE: "Заявка с сайта",
          NAME: name,
          LAST_NAME: rest.join(" "),
          ...(phone ? { PHONE: [{ VALUE: phone, VALUE_TYPE: "WORK" }] } : {}),
          ...(source ? { SOURCE_ID: source } : {}),
          ...(owner ? { ASSIGNED_BY_ID: Number(owner) } : {}),
        },
      });
      this.#dialog.close();
      this.#app.did("lead");
    } catch (error) {
      const off = this.#app.wires.bitrix24 ? "" : " CRM сейчас выключена.";
      this.error.textContent = `Заявка не принята: ${error.message}.${off}`;
      this.error.hidden = false;
    } finally {
      this.submit.disabled = false;
    }
  }
}
