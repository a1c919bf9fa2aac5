// Business time as the page shows it: told by the server, ticking in between, rendered in the portal's zone.

const ZONE = document.documentElement.dataset.zone;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const DAY_OFF = new Set(["01-01", "01-02", "01-03", "01-04", "01-05", "01-06", "01-07", "01-08", "02-23", "03-08",
  "05-01", "05-09", "06-12", "11-04"]);
const WEEKDAYS = ["вс", "пн", "вт", "ср", "чт", "пт", "сб"];

const format = (options) => new Intl.DateTimeFormat("ru-RU", { timeZone: ZONE, ...options });
const SHORT = format({ hour: "2-digit", minute: "2-digit" });
const LONG = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY_LINE = format({ weekday: "short", day: "numeric", month: "long" });
const DAY_TITLE = format({ day: "numeric", month: "long" });
const DAY_SHORT = format({ day: "2-digit", month: "2-digit", year: "numeric" });
const WEEKDAY = format({ weekday: "long" });
const PARTS = new Intl.DateTimeFormat("en-CA", {
  timeZone: ZONE, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
  hour: "2-digit", minute: "2-digit", second: "2-digit",
});

export const hhmm = (at) => SHORT.format(at);
export const hhmmss = (at) => LONG.format(at);
export const dayLine = (at) => DAY_LINE.format(at);
export const dayTitle = (at) => DAY_TITLE.format(at);

/** Milliseconds of a moment given as ISO text or as Unix seconds. */
export function moment(value) {
  if (value === null || value === undefined || value === "") return NaN;
  return typeof value === "number" ? value * 1000 : Date.parse(value);
}

/** The calendar day in the portal's zone, as a number of days that can be compared and subtracted. */
export function dayNumber(at) {
  return Math.floor((at + offset(at)) / DAY);
}

function offset(at) {
  const part = Object.fromEntries(PARTS.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const wall = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
  return wall - Math.floor(at / 1000) * 1000;
}

function fromWall(day, hour) {
  const wall = day * DAY + hour * 60 * MINUTE;
  return wall - offset(wall - offset(wall));
}

/** The next 9:00 of a working day after `at`; moved holidays are not known here, fixed ones are. */
export function nextMorning(at) {
  for (let day = dayNumber(at); ; day += 1) {
    const date = new Date(day * DAY);
    const off = [0, 6].includes(date.getUTCDay()) || DAY_OFF.has(date.toISOString().slice(5, 10));
    const morning = fromWall(day, 9);
    if (!off && morning > at) return morning;
  }
}

/** «сегодня», «завтра» or the weekday. */
export function dayWord(at, now) {
  const ahead = dayNumber(at) - dayNumber(now);
  if (ahead === 0) return "сегодня";
  if (ahead === 1) return "завтра";
  if (ahead === -1) return "вчера";
  return Math.abs(ahead) < 7 ? WEEKDAYS[new Date(dayNumber(at) * DAY).getUTCDay()] : DAY_SHORT.format(at).slice(0, 5);
}

/** A length of time in words of one or two units. */
export function span(ms) {
  const minutes = Math.max(0, Math.floor(ms / MINUTE));
  if (minutes < 60) return `${minutes} мин`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} ч ${minutes % 60} мин` : `${hours} ч`;
  return `${Math.floor(hours / 24)} дн`;
}

/**
 * How far a deadline is: `late` when it has passed, `soon` in the last quarter of an hour.
 * `owed` and `late`, where the bot has told them: from when on an answer is owed, and when it counts as late.
 */
export function countdown(deadline, now, { owed = deadline, late = deadline } = {}) {
  const left = deadline - now;
  if (left <= 0) {
    if (now < late) return { text: now < owed ? "идёт" : "пора", state: "soon" };
    return { text: now - owed < MINUTE ? "пора" : `просрочено ${span(now - owed)}`, state: "late" };
  }
  const near = left < 4 * 60 * MINUTE;
  const text = near ? `через ${span(left + MINUTE - 1)}` : `${dayWord(deadline, now)} ${hhmm(deadline)}`;
  return { text, state: left <= 15 * MINUTE ? "soon" : "calm" };
}

/** The text of a date in a message, by the format letters of the messenger: `r`, or any of w, d/D and t/T. */
export function dateByFormat(at, letters, now) {
  if (letters === "r") return at >= now ? `через ${span(at - now)}` : `${span(now - at)} назад`;
  const words = [];
  if (letters.includes("w")) words.push(WEEKDAY.format(at));
  if (letters.includes("d")) words.push(DAY_SHORT.format(at));
  if (letters.includes("D")) words.push(DAY_TITLE.format(at));
  if (letters.includes("t")) words.push(hhmm(at));
  if (letters.includes("T")) words.push(hhmmss(at));
  return words.join(", ");
}

/** The one clock of the page. Listeners hear every second and every move. */
export class BusinessClock {
  #base = Date.now();
  #since = performance.now();
  #running = false;
  #listeners = [];
  known = false;

  constructor() {
    setInterval(() => this.#tell(), 1000);
  }

  /** Take over what the server says: `now` in ISO, `running` when business time passes by itself. */
  set({ now, running }) {
    const at = moment(now);
    if (Number.isNaN(at)) return;
    this.#base = at;
    this.#since = performance.now();
    this.#running = running;
    this.known = true;
    this.#tell();
  }

  now() {
    return this.#base + (this.#running ? performance.now() - this.#since : 0);
  }

  onTick(listener) {
    this.#listeners.push(listener);
  }

  #tell() {
    if (this.known) for (const listener of this.#listeners) listener(this.now());
  }
}
