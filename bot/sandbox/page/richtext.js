// The text of a message with its entities (offsets in UTF-16 units, which is what JavaScript counts in).

import { h } from "./dom.js";
import { dateByFormat, moment } from "./time.js";

const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre" };
const PLAIN = /(https?:\/\/[^\s<>]+|\+\d[\d ()-]{8,16}\d|(?<![\w/])\/[a-z][a-z0-9_]{1,31})/gi;

/** The nodes of a message's text. `tools.command(text)` is called when a /command is tapped, `tools.now()` is asked. */
export function richText(text, entities, tools) {
  const spans = (entities ?? [])
    .filter((entity) => entity.length > 0)
    .map((entity) => ({ ...entity, end: entity.offset + entity.length }))
    .sort((a, b) => a.offset - b.offset || b.end - a.end);
  return range(text, 0, text.length, spans, tools);
}

function range(text, from, to, spans, tools) {
  const nodes = [];
  let at = from;
  for (let index = 0; index < spans.length;) {
    const span = spans[index];
    const start = Math.max(span.offset, at);
    const end = Math.min(span.end, to);
    if (start > at) nodes.push(...plain(text.slice(at, start), tools));
    const inner = [];
    for (index += 1; index < spans.length && spans[index].offset < end; index += 1) inner.push(spans[index]);
    if (end > start) {
      nodes.push(wrap(span, text.slice(start, end), () => range(text, start, end, inner, tools), tools));
      at = end;
    }
  }
  if (at < to) nodes.push(...plain(text.slice(at, to), tools));
  return nodes;
}

function wrap(span, piece, inside, tools) {
  const tag = TAGS[span.type];
  if (tag) return h(tag, null, inside());
  switch (span.type) {
    case "blockquote":
      return h("blockquote", null, inside());
    case "expandable_blockquote":
      return expandable(inside());
    case "spoiler":
      return spoiler(inside());
    case "text_link":
      return link(span.url, inside());
    case "url":
      return link(/^[a-z]+:/i.test(piece) ? piece : `https://${piece}`, [piece]);
    case "phone_number":
      return h("a", { href: `tel:${piece.replace(/[^+\d]/g, "")}` }, piece);
    case "bot_command":
      return command(piece, tools);
    case "date_time":
      return date(span, inside(), tools);
    case "mention":
    case "hashtag":
    case "text_mention":
      return h("span", { class: "linkish" }, inside());
    default:
      return h("span", null, inside());
  }
}

function expandable(children) {
  const quote = h("blockquote", { class: "fold" }, h("div", null, children));
  const toggle = h("button", {
    type: "button", class: "unfold", "aria-expanded": "false", "aria-label": "Показать цитату целиком",
    onclick: () => {
      const open = quote.classList.toggle("open");
      toggle.setAttribute("aria-expanded", String(open));
      toggle.setAttribute("aria-label", open ? "Свернуть цитату" : "Показать цитату целиком");
    },
  });
  quote.append(toggle);
  return quote;
}

function spoiler(children) {
  const look = { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Скрытый текст, нажмите" };
  const cover = h("span", look, children);
  const reveal = () => {
    cover.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) cover.removeAttribute(name);
  };
  cover.addEventListener("click", reveal);
  cover.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      reveal();
    }
  });
  return cover;
}

/** A link that opens elsewhere; addresses that are not of the web stay plain text in the link's colour. */
function link(url, children) {
  if (!/^https?:\/\//i.test(url ?? "")) return h("span", { class: "linkish" }, children);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, children);
}

function command(piece, tools) {
  return h("button", { type: "button", class: "linkish", onclick: () => tools.command(piece) }, piece);
}

function date(span, children, tools) {
  const at = moment(span.unix_time);
  if (Number.isNaN(at)) return h("span", null, children);
  const letters = span.date_time_format ?? "";
  const iso = new Date(at).toISOString();
  return h("time", { datetime: iso, title: dateByFormat(at, "wDt", tools.now()) },
    letters ? dateByFormat(at, letters, tools.now()) : children);
}

function plain(text, tools) {
  return text.split(PLAIN).map((piece, index) => {
    if (index % 2 === 0) return piece;
    if (piece.startsWith("/")) return command(piece, tools);
    if (piece.startsWith("+")) return h("a", { href: `tel:${piece.replace(/[^+\d]/g, "")}` }, piece);
    return link(piece, [piece]);
  }).filter((piece) => piece !== "");
}
