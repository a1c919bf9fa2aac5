// Building of elements. Data only ever becomes text nodes and attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";
const PALETTE = ["#e17076", "#7bc862", "#65aadd", "#a695e7", "#ee7aae", "#6ec9cb", "#faa774"];

function fill(node, props, children) {
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An element with attributes, listeners (`onclick`) and children; strings become text. */
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** A control with its label. */
export function field(label, input) {
  return h("label", null, h("span", null, label), input);
}

/** A small line icon, drawn with one path in a 24×24 box. */
export function icon(path) {
  const shape = fill(document.createElementNS(SVG, "path"), { d: path }, []);
  const look = { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" };
  return fill(document.createElementNS(SVG, "svg"), look, [shape]);
}

/** The round picture of a person: initials on a colour that stays the same for the id. */
export function avatar(id, name) {
  const initials = String(name ?? "?").split(/\s+/).slice(0, 2).map((word) => word[0] ?? "").join("");
  return h("span", { class: "avatar", style: `--tint:${tint(id)}`, "aria-hidden": "true" }, initials.toUpperCase());
}

/** The round picture of the bot. */
export function botFace() {
  return h("span", { class: "avatar bot", "aria-hidden": "true" }, "Д");
}

export function tint(id) {
  return PALETTE[Math.abs(Number(id) || 0) % PALETTE.length];
}

export function byId(id) {
  return document.getElementById(id);
}

/** Set text only when it differs, so that a ticking page does not repaint. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export const stillness = matchMedia("(prefers-reduced-motion: reduce)");

let noticeTimer = 0;

/** Say one line at the bottom of the page for a few seconds. */
export function notice(text) {
  const box = byId("notice");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => { box.hidden = true; }, 5000);
}

/** What the visitor chose last time; a browser that keeps nothing is fine too. */
export function remembered(key, value) {
  try {
    if (value === undefined) return localStorage.getItem(`dozvon.${key}`);
    localStorage.setItem(`dozvon.${key}`, value);
  } catch {
    // Storage may be forbidden; then every visit is the first one.
  }
  return null;
}

export const ROLES = {
  manager: "менеджер",
  supervisor: "руководитель",
  director: "директор",
  lawyer: "юрист",
  admin: "администратор",
};

/** «1 клиент», «2 клиента», «5 клиентов». */
export function plural(count, one, few, many) {
  const tail = count % 100 > 10 && count % 100 < 20 ? 0 : count % 10;
  return `${count} ${tail === 1 ? one : tail > 1 && tail < 5 ? few : many}`;
}
