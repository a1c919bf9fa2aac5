// One message as a bubble with its keyboard.

import { avatar, botFace, h, icon, notice, tint } from "./dom.js";
import { richText } from "./richtext.js";
import { hhmm, moment } from "./time.js";

const COPY = "M9 9h10v11H9zM15 9V4H5v11h4";
const LEAVE = "M8 16 17 7M10 7h7v7";
export const CARD = "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-5 8-5s7 1 8 5";
const SERVICE = {
  pinned_message: "Сообщение закреплено",
  migrate_to_chat_id: "Группа стала супергруппой",
  migrate_from_chat_id: "Группа стала супергруппой",
  forum_topic_created: "Открыта новая тема",
};
const PAPER = "M6 3h8l4 4v14H6zM14 3v4h4";

/**
 * Draw a message. `view` says who looks: {mine, group, author (a person, or nothing for the bot), press(button, node),
 * command(text), now()}.
 */
export function bubble(row, view) {
  if (row.service) return h("li", { class: "day" }, h("span", null, SERVICE[row.service] ?? "Служебное сообщение"));
  const body = h("div", { class: "body" });
  const others = view.group && !view.mine;
  if (others) {
    const colour = view.author ? tint(row.from_id) : "var(--accent)";
    body.append(h("b", { class: "author", style: `--tint:${colour}` }, view.author?.name ?? "Дозвон"));
  }
  if (row.photo) body.append(picture(row.photo));
  if (row.document) body.append(paper(row.document));
  if (row.contact) body.append(visitingCard(row.contact));
  if (row.text) body.append(h("div", { class: "text" }, richText(shownText(row.text), row.entities, view)));
  body.append(h("span", { class: "stamp" },
    row.edit_date ? h("i", null, "изменено ") : null,
    h("time", null, hhmm(moment(row.date))),
    view.mine ? h("span", { class: "ticks", "aria-hidden": "true" }) : null));
  const keyboard = row.buttons?.length ? keys(row, view) : null;
  return h("li", {
    class: `msg ${view.mine ? "mine" : "theirs"}${keyboard ? " keyed" : ""}`, "data-id": row.message_id,
  }, others ? face(row, view) : null, h("div", { class: "stack" }, body, keyboard));
}

/** The messenger hides what comes with /start from a link: an invitation's secret is nobody's reading. */
function shownText(text) {
  return text.replace(/^\/start\s.+$/s, "/start");
}

function face(row, view) {
  return view.author ? avatar(row.from_id, view.author.name) : botFace();
}

function picture({ url, width, height }) {
  return h("img", { class: "photo", src: url, width, height, alt: "Фотография", loading: "lazy" });
}

function visitingCard({ first_name: first, last_name: last = "", phone_number: phone }) {
  return paper({ file_name: `${first} ${last}\n${phone}` }, CARD);
}

function paper({ file_name: name = "Файл", url }, sign = PAPER) {
  const inside = [h("span", { class: "disc" }, icon(sign)), h("span", null, name)];
  return url ? h("a", { class: "paper", href: url, download: name }, inside) : h("div", { class: "paper" }, inside);
}

function keys(row, view) {
  return h("div", { class: "keys" }, row.buttons.map((line) =>
    h("div", { class: "line" }, line.map((button) => key(button, view)))));
}

function key(button, view) {
  const look = `key ${button.style ?? ""}`;
  if (button.url) {
    const web = /^https?:\/\//i.test(button.url);
    return h("a", { class: look, href: web ? button.url : null, target: "_blank", rel: "noopener noreferrer" },
      h("span", null, button.text), icon(LEAVE));
  }
  if (button.copy !== undefined && button.copy !== null) {
    return h("button", { type: "button", class: look, title: "Скопировать", onclick: () => copy(button.copy) },
      h("span", null, button.text), icon(COPY));
  }
  return h("button", {
    type: "button", class: look, disabled: Boolean(button.disabled) || !button.data,
    onclick: (event) => view.press(button, event.currentTarget),
  }, h("span", null, button.text));
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notice(`Скопировано: ${text}`);
  } catch {
    notice("Браузер не дал скопировать");
  }
}
