// The sandbox page: puts the parts together and passes the stream's hints on to them.

import { Board } from "./board.js";
import { Chats } from "./chats.js";
import { byId, notice } from "./dom.js";
import { Hint } from "./hint.js";
import { Journal } from "./journal.js";
import { LeadForm } from "./leadform.js";
import { Phone } from "./phone.js";
import { RecordForm } from "./recordform.js";
import { BusinessClock } from "./time.js";
import { Toolbar } from "./toolbar.js";
import { call, debounced, listen } from "./wire.js";

const CLOCK_CHECK = 20_000;

class App {
  people = [];
  wires = { bitrix24: true, telegram: true };
  clock = new BusinessClock();
  chats = new Chats();
  hint = new Hint();
  board = new Board(this, byId("board"));
  phones = [
    new Phone(this, { slot: "left" }),
    new Phone(this, { slot: "right" }),
    new Phone(this, { slot: "group", group: true }),
  ];
  toolbar = new Toolbar(this);
  journal = new Journal();
  form = new LeadForm(this);
  record = new RecordForm(this);

  /** The visitor did something, or something became visible that a first visitor is waiting for. */
  did(what) {
    this.hint.did(what);
  }

  wiresChanged() {
    this.board.setWire(this.wires.bitrix24);
    for (const phone of this.phones) phone.draw();
  }

  async start() {
    byId("phones").append(...this.phones.map((phone) => phone.node));
    this.clock.onTick((now) => {
      this.board.tick(now);
      for (const phone of this.phones) phone.tick(now);
    });
    this.chats.onChange((chat) => this.#chatChanged(chat));
    await this.#load();
    const readBoard = debounced(() => this.board.refresh());
    const readClock = debounced(() => this.toolbar.readClock(), 300);
    const newcomers = debounced(() => this.#newcomers(), 500);
    listen({
      message: (hint) => {
        this.chats.poke(hint?.chat);
        if (hint && !this.chats.get(hint.chat)) newcomers();
      },
      board: readBoard,
      clock: (hint) => {
        if (hint) this.clock.set({ ...hint, running: false });
        readClock();
      },
      faults: (hint) => (hint ? this.toolbar.showWires(hint.faults) : this.toolbar.readWires().catch(() => null)),
      journal: () => {
        this.journal.poke();
        readClock();
      },
    }, (linked) => {
      document.body.classList.toggle("unlinked", !linked);
    });
    setInterval(readClock, CLOCK_CHECK);
  }

  async #load() {
    this.people = await call("/sandbox/people");
    const { toolbar, chats, board } = this;
    await Promise.all([toolbar.readClock(), toolbar.readWires(), chats.load(), board.refresh()]);
    const managers = this.people.filter((person) => person.role === "manager");
    const supervisor = this.people.find((person) => person.role === "supervisor");
    this.phones[0].open(managers[0]);
    this.phones[1].open(managers[1] ?? supervisor ?? this.people[1]);
    this.phones[2].open(supervisor);
  }

  async #newcomers() {
    this.people = await call("/sandbox/people");
    await this.chats.load();
    for (const phone of this.phones) phone.drawPeople();
  }

  #chatChanged(chat) {
    for (const phone of this.phones) {
      if (phone.chat?.id === chat.id) phone.draw();
      phone.drawPeople();
    }
  }
}

new App().start().catch((error) => {
  notice(`Песочница не отвечает: ${error.message}. Обновите страницу.`);
});
