// The top bar: the clock and its jumps, the switches of the two wires.

import { byId, notice, setText } from "./dom.js";
import { call } from "./wire.js";
import { dayLine, dayWord, hhmm, hhmmss, moment, nextMorning } from "./time.js";

const JUMPS = { quarter: "jump-quarter", event: "jump-event", morning: "jump-morning" };

export class Toolbar {
  #app;
  #moving = false;
  #nextDue = null;

  constructor(app) {
    this.#app = app;
    byId(JUMPS.quarter).addEventListener("click", () => this.#move({ advance: "PT15M" }, JUMPS.quarter));
    byId(JUMPS.event).addEventListener("click", () => this.#toEvent());
    byId(JUMPS.morning).addEventListener("click", () => {
      this.#move({ now: new Date(nextMorning(app.clock.now())).toISOString() }, JUMPS.morning);
    });
    for (const target of ["bitrix24", "telegram"]) {
      byId(`wire-${target}`).addEventListener("click", () => this.#flip(target));
    }
    app.clock.onTick((now) => this.#tick(now));
  }

  /** Ask the server for the moment and for what is due next. */
  async readClock() {
    const answer = await call("/sandbox/clock");
    this.#nextDue = answer.next_due ?? null;
    if (!this.#moving) this.#app.clock.set(answer);
    return answer;
  }

  /** Ask which faults are on and show the switches so. */
  async readWires() {
    const rows = await call("/sandbox/faults");
    const list = Array.isArray(rows) ? rows : rows?.faults ?? [];
    for (const target of ["bitrix24", "telegram"]) {
      this.#show(target, !list.some((fault) => fault.target === target && fault.mode === "down"));
    }
  }

  async #toEvent() {
    await this.readClock().catch(() => null);
    if (this.#nextDue) await this.#move({ now: this.#nextDue }, JUMPS.event);
    else notice("Впереди ничего не запланировано: добавьте лид");
  }

  async #move(body, id) {
    if (this.#moving) return;
    this.#moving = true;
    for (const name of Object.values(JUMPS)) byId(name).disabled = true;
    byId(id).classList.add("busy");
    try {
      const answer = await call("/sandbox/clock", body);
      if (answer?.now) this.#app.clock.set(answer);
    } catch (error) {
      notice(`Время не перемотано: ${error.message}`);
    } finally {
      this.#moving = false;
      for (const name of Object.values(JUMPS)) byId(name).disabled = false;
      byId(id).classList.remove("busy");
      this.readClock().catch(() => null);
    }
  }

  async #flip(target) {
    const on = !this.#app.wires[target];
    try {
      await call("/sandbox/faults", { target, mode: on ? "none" : "down" });
      this.#show(target, on);
    } catch (error) {
      notice(`Не переключено: ${error.message}`);
    }
  }

  #show(target, on) {
    byId(`wire-${target}`).setAttribute("aria-checked", String(on));
    if (this.#app.wires[target] === on) return;
    this.#app.wires[target] = on;
    this.#app.wiresChanged();
  }

  #tick(now) {
    const clock = byId("clock");
    clock.setAttribute("datetime", new Date(now).toISOString());
    setText(clock.firstChild, hhmmss(now));
    setText(clock.lastChild, dayLine(now));
    setText(byId(JUMPS.morning), `${dayWord(nextMorning(now), now)} 9:00`);
    const due = moment(this.#nextDue);
    byId(JUMPS.event).title = due > now ? `Следующее событие: ${dayWord(due, now)} ${hhmm(due)}` : "Перемотать до следующего события";
  }
}
