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
    this.showWires(await call("/sandbox/faults"));
  }

  /** A wire is off while a fault of mode `down` is on for all its methods. */
  showWires(faults) {
    for (const target of ["bitrix24", "telegram"]) {
      this.#show(target, !faults.some((fault) => fault.target === target && fault.mode === "down" && !fault.methods));
    }
  }

  async #toEvent() {
    await this.readClock().catch(() => null);
    const due = this.#due(this.#app.clock.now());
    if (due) await this.#move({ now: new Date(due).toISOString() }, JUMPS.event);
    else notice("Впереди ничего не запланировано: добавьте лид");
  }

  /** The next moment at which something happens: what the server foresees, or else the next deadline on the board. */
  #due(now) {
    const told = moment(this.#nextDue);
    return told > now ? told : this.#app.board.nextDeadline(now);
  }

  async #move(body, id) {
    if (this.#moving) return;
    this.#moving = true;
    for (const name of Object.values(JUMPS)) byId(name).disabled = true;
    byId(id).classList.add("busy");
    try {
      await call("/sandbox/clock", body);
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
    const due = this.#due(now);
    byId(JUMPS.event).title = due ? `Следующее: ${dayWord(due, now)} ${hhmm(due)}` : "Впереди ничего не запланировано";
  }
}
