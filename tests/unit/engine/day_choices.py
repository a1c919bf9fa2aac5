"""What people and the CRM do on a random day: any answer to a question, any event of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from random import Random
from typing import Any, get_args

from bot.engine import forms
from bot.engine.case import Case
from bot.engine.events import (
    Answered,
    Arrived,
    Event,
    FileArrived,
    Filed,
    FileRefused,
    Finished,
    Republished,
    StageMoved,
)
from bot.engine.files import SentFile
from bot.engine.questionnaire import Ask
from bot.playbooks.model import Playbook

TEAM = {7: "manager", 8: "manager", 4: "supervisor", 5: "director", 6: "lawyer"}
"""CRM users and their roles."""
_FILES = ("scan", "photo", "receipt")
_ZONES = ("Asia/Vladivostok", "Europe/Moscow", "Europe/Kaliningrad")
_NONSENSE: tuple[Any, ...] = (None, "no_such", 7, [], -1, " ")


@dataclass(frozen=True, slots=True)
class Moment:
    """The case that something happens to, when, the tasks that it had, and the ids of all cases of the day."""

    case: Case
    now: datetime
    tasks: tuple[str, ...]
    cases: tuple[int, ...]


class Choices:
    """Seeded whims: a person has habits and mostly answers a question as he did before."""

    def __init__(self, versions: Mapping[str, Playbook], dice: Random) -> None:
        self._versions = versions
        self._playbook = playbook = next(iter(versions.values()))
        self._dice = dice
        self._habits: dict[str, str] = {}
        self._file_fields = [key for key, field in playbook.fields.items() if field.type == "file"]
        unfit = (Answered, *(() if self._file_fields else (FileArrived, FileRefused)))
        self._kinds = [kind for kind in get_args(Event) if kind not in unfit]

    def answer(self, moment: Moment, ask: Ask) -> Any:
        """His habit, any button, something typed, and now and then nonsense."""
        if self._dice.random() < 0.04:
            return self._dice.choice(_NONSENSE)
        options = list(ask.options)
        if ask.question.kind == "multi":
            return self._dice.sample(options, self._dice.randint(0, len(options)))
        if options and (ask.question.kind == "choice" or self._dice.random() < 0.5):
            if ask.id not in self._habits or self._dice.random() < 0.25:
                self._habits[ask.id] = self._dice.choice(options)
            habit = self._habits[ask.id]
            return habit if habit in options else self._dice.choice(options)
        return self._typed(moment, ask)

    def fill_in(self, moment: Moment, ask: Ask, by: int) -> Event:
        """One line of a form, or the form's last button."""
        if self._dice.random() < 0.25:
            return Finished(by)
        if ask.question.kind == "files":
            return Filed(by, ask.id, self._sent())
        return Answered(by, ask.id, self.answer(moment, ask), "слова")

    def any_event(self, moment: Moment, by: int) -> Event:
        """Any event of the engine but an answer, its fields filled in with what could stand there."""
        kind = self._dice.choice(self._kinds)
        if kind is StageMoved and self._dice.random() < 0.5:
            kind = self._dice.choice(self._kinds)
        if kind is Arrived:
            return Arrived()
        if kind is Republished:
            version = self._dice.choice(list(self._versions))
            return Republished(version, self._versions[version])
        event: Event = kind(**{part.name: self._part(part.name, moment, by) for part in fields(kind)})
        return event

    def _typed(self, moment: Moment, ask: Ask) -> Any:
        low, high = ask.question.at_least or 1, ask.question.at_most or 5_000_000
        match ask.question.kind:
            case "datetime":
                hours = self._dice.choice((-1, 0, 1, 5, 24, 70, 24 * 8, 24 * 30))
                how = "promised" if ask.question.exact else self._dice.choice(("promised", "unnamed", "will_call"))
                return {"at": (moment.now + timedelta(hours=hours)).isoformat(), "how": how}
            case "number" | "money":
                return self._dice.choice((low, high, (low + high) / 2, low - 1))
            case "date":
                return f"{moment.now + timedelta(days=self._dice.choice((-400, -1, 0, 1, 30))):%Y-%m-%d}"
            case "phone":
                return self._dice.choice(("8 923 123-45-67", "12"))
            case "duplicate":
                return self._dice.choice((*moment.cases, 12))
            case "files":
                return self._dice.choice((["file"], []))
            case _:
                return "слова"

    def _part(self, name: str, moment: Moment, by: int) -> Any:
        """A value for an event's field. A new field must be told of here: that is how a new event joins the days."""
        could_be = {
            "by": lambda: [by],
            "to": lambda: TEAM,
            "task": lambda: self._tasks(moment),
            "crm_task": lambda: [900],
            "at": lambda: [moment.now],
            "writing_too": lambda: [True, False],
            "how": lambda: ["call", "message"],
            "due_at": lambda: self._times(moment),
            "push_at": lambda: self._times(moment),
            "stage": lambda: [*self._playbook.pipelines[moment.case.pipeline].stages, "nowhere"],
            "pipeline": lambda: [None, None, None, *self._pipelines(moment), "nowhere"],
            "zone": lambda: _ZONES,
            "question": lambda: self._questions(moment, by),
            "files": lambda: [self._sent()],
            "field": lambda: self._file_fields,
            "file": lambda: _FILES,
            "in_crm": lambda: [(), (1,), (1, 2)],
            "name": lambda: ["Договор.pdf"],
            "promised": lambda: [False, True],
            "place": lambda: [None, *self._playbook.places],
            "second": lambda: [None, *TEAM],
            "kind": lambda: [*self._playbook.tasks, "nowhere"],
            "seen": lambda: [None, *TEAM],
            "far": lambda: [None, ("Почему не раньше", "Вахта")],
            "lifted": lambda: [None, *moment.case.client.phones],
            "why": lambda: ["Файл больше 20 МБ"],
            "barred": lambda: [False, False, True],
            "text": lambda: ["Спросите про ипотеку"],
            "until": lambda: self._times(moment),
            "since": lambda: self._times(moment),
            "note": lambda: [None, "Ольга Р. забирает клиента"],
        }
        assert name in could_be, f"teach the days what an event's {name!r} may be"
        values: Iterable[Any] = could_be[name]()
        return self._dice.choice(list(values))

    def _tasks(self, moment: Moment) -> list[str]:
        """Mostly the open one, or the one that was answered last."""
        task, record = moment.case.task, moment.case.recorded
        answered = [record.before.task.id] * 4 if record is not None else []
        return [*([task.id] * 9 if task is not None else []), *answered, *moment.tasks, "12-99"]

    def _times(self, moment: Moment) -> list[datetime]:
        return [moment.now + timedelta(minutes=minutes) for minutes in (-90, 0, 45, 3000)]

    def _pipelines(self, moment: Moment) -> list[str]:
        entity = self._playbook.pipelines[moment.case.pipeline].entity
        return [key for key, other in self._playbook.pipelines.items() if other.entity == entity]

    def _questions(self, moment: Moment, by: int) -> list[str]:
        lines = forms.lines(self._playbook, moment.case, moment.now, TEAM[by])
        return [line.ask.id for line in lines] or list(self._playbook.questions)

    def _sent(self) -> tuple[SentFile, ...]:
        return tuple(SentFile(one, one, f"{one}.pdf") for one in self._dice.sample(_FILES, self._dice.randint(1, 2)))
