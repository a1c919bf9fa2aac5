"""A small playbook of its own and cases on it: every rule of the engine can be met here, whatever the catalog says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.engine.case import Case, Client, Task
from bot.engine.decide import decide
from bot.engine.effects import Decision, Effect
from bot.engine.events import Answered, Arrived, Event
from bot.engine.staff import COMPANY, Staff
from bot.playbooks.load import load
from bot.playbooks.model import Playbook

MOSCOW = ZoneInfo("Europe/Moscow")
MANAGER = 7
OTHER = 8

_LEAD_STAGES: dict[str, Any] = {
    "new": {"title": "Новый лид", "crm": "NEW", "task": "process", "limit": "30m", "limit_exempt": ["cold"]},
    "silent": {"title": "Недозвон", "crm": "SILENT", "task": "attempt"},
    "agreed": {"title": "Дожим", "crm": "AGREED", "task": "call_back"},
    "won": {"title": "Качественный", "crm": "WON", "kind": "success"},
    "junk": {"title": "Некачественный", "crm": "JUNK", "kind": "failure"},
    "no_contact": {"title": "Неконтакт", "crm": "LOST", "kind": "failure", "roles": ["supervisor"]},
    "double": {"title": "Дубль", "crm": "DOUBLE", "kind": "failure"},
}
_DEAL_STAGES: dict[str, Any] = {
    "fresh": {"title": "Сделка не обработана", "crm": "NEW", "task": "process_deal", "limit": "10m"},
    "meeting_set": {"title": "Встреча назначена", "crm": "MEETING", "task": "meeting"},
    "thinking": {"title": "Дожим на встречу", "crm": "THINKING", "task": "deal_call"},
    "decide": {"title": "Решить", "crm": "DECIDE", "task": "resolve", "by_hand": True},
    "lost": {"title": "Проиграна", "crm": "LOST", "kind": "failure"},
}
_TASKS: dict[str, Any] = {
    "process": {
        "title": "Обработать лид",
        "ask": "talk",
        "due": {"within": "15m"},
        "by_source": {"cold": {"due": {"by_end_of_day": 1}}},
        "push": "at_once",
        "calling": True,
        "writing": "write",
    },
    "attempt": {"title": "Попытка дозвониться", "ask": "talk", "ladder": "slot", "writing": "write"},
    "call_back": {
        "title": "Перезвонить",
        "ask": "talk",
        "due": {"by_end_of_day": 1},
        "promise": True,
        "ladder": "soon",
        "writing": "write",
    },
    "write": {"title": "Написать", "ask": "talk", "due": {"within": "30m"}},
    "deal_call": {
        "title": "Перезвонить по сделке",
        "ask": "deal_talk",
        "due": {"by_end_of_day": 1},
        "promise": True,
    },
    "process_deal": {"title": "Обработать сделку", "ask": "deal_talk", "due": {"within": "10m"}},
    "meeting": {"title": "Встреча", "ask": "deal_talk", "push_before": "2h", "meeting": True},
    "resolve": {"title": "Решить по сделке", "ask": "deal_talk", "due": {"by_end_of_day": 0}},
    "fill": {"title": "Заполнить", "due": {"by_end_of_day": 0}},
}
_NO_DEBT = {"debt": "none", "case.stage": ["new", "silent", "agreed"]}
_QUESTIONS: dict[str, Any] = {
    "reached": {
        "kind": "choice",
        "text": "Удалось связаться?",
        "options": {
            "yes": {"label": "Дозвонился"},
            "no": {"label": "Не дозвонился", "outcome": "missed"},
            "later": {"label": "Просит перезвонить"},
            "other": {"label": "Другой результат"},
            "give_up": {"label": "Закрыть: неконтакт", "outcome": "gave_up"},
        },
    },
    "debt": {
        "kind": "choice",
        "text": "Долги с процентами?",
        "field": "debt",
        "options": {
            "none": {"label": "Долгов нет"},
            "small": {"label": "До 250 тыс."},
            "big": {"label": "Больше 250 тыс."},
        },
    },
    "agreement": {
        "kind": "choice",
        "text": "О чём договорились?",
        "field": "agreement",
        "options": {
            "close": {"label": "✅ Записать", "outcome": "no_debt", "when": _NO_DEBT},
            "office": {"label": "Встреча в офисе"},
            "not_ready": {"label": "Пока не готов"},
            "refused": {"label": "Отказался"},
        },
    },
    "when": {"kind": "datetime", "text": "Когда?"},
    "why_far": {"kind": "text", "text": "Что мешает раньше?", "options": {"rota": {"label": "Вахта"}}},
    "what_else": {
        "kind": "choice",
        "text": "Что именно?",
        "options": {
            "wrong": {"label": "Номер не тот"},
            "writes": {"label": "Переписываемся", "outcome": "in_chat"},
            "silent_once": {"label": "Позовут позже", "outcome": "called_later"},
            "double": {"label": "Дубль"},
            "no_calls": {"label": "Только переписка", "outcome": "only_writing"},
            "nothing": {"label": "Не звонить и не писать", "outcome": "barred"},
            "busy_now": {"label": "Занято", "outcome": "busy"},
        },
    },
    "number": {"kind": "phone", "text": "Какой номер?"},
    "whose": {"kind": "duplicate", "text": "Кто это?"},
    "written": {
        "kind": "multi",
        "text": "Куда написали?",
        "field": "messengers",
        "options": {"max": {"label": "MAX"}, "sms": {"label": "SMS"}, "none": {"label": "Нет мессенджеров"}},
    },
    "detail": {
        "kind": "choice",
        "text": "Как не ответил?",
        "options": {"busy": {"label": "Занято", "outcome": "busy"}, "off": {"label": "Выключен"}},
    },
    "sum": {"kind": "money", "text": "Сумма?", "at_least": 1, "at_most": 1_000_000},
    "obstacle": {
        "kind": "choice",
        "text": "Что мешает?",
        "field": "obstacle",
        "optional": True,
        "options": {
            "money": {"label": "Дорого"},
            "same": {"label": "Как в прошлый раз", "when": {"obstacle": {"answered": True}}},
        },
    },
}
_QUESTIONNAIRES: dict[str, Any] = {
    "talk": {
        "steps": [
            {"ask": "reached"},
            {"ask": "debt", "when": {"reached": "yes"}},
            {"ask": "agreement", "when": {"reached": "yes"}},
            {"ask": "obstacle", "when": {"agreement": "not_ready"}},
            {"ask": "what_else", "when": {"reached": "other"}},
            {"ask": "number", "when": {"what_else": "wrong"}},
            {"ask": "whose", "when": {"what_else": "double"}},
            {"ask": "when", "when": {"any": [{"reached": "later"}, {"agreement": "not_ready"}]}},
            {"ask": "why_far", "when": {"when": {"at_least": 7}}},
        ],
        "results": [
            {"outcome": "qualified", "when": {"any": [{"debt": "big"}, {"agreement": "office"}]}, "early": True},
            {"outcome": "refused", "when": {"agreement": "refused"}},
            {"outcome": "new_number", "when": {"what_else": "wrong"}},
            {"outcome": "doubled", "when": {"what_else": "double"}},
            {"outcome": "agreed", "when": {"when": {"answered": True}}},
        ],
    },
    "deal_talk": {
        "steps": [
            {"ask": "agreement"},
            {"ask": "when", "when": {"agreement": ["office", "not_ready"]}},
        ],
        "results": [
            {"outcome": "meeting", "when": {"agreement": "office"}},
            {"outcome": "thinks", "when": {"agreement": "not_ready"}},
            {"outcome": "deal_lost", "when": {"agreement": "refused"}},
        ],
    },
    "after_miss": {
        "steps": [
            {"ask": "written", "when": {"messengers": {"none_of": ["none"]}}},
            {"ask": "detail"},
        ],
    },
}
_OUTCOMES: dict[str, Any] = {
    "missed": {"stage": "silent", "miss": "calls", "after": "after_miss"},
    "called_later": {"stage": "silent", "miss": "calls", "next": {"task": "call_back", "part": "untried"}},
    "exhausted": {"stage": "no_contact", "write": {"note": "Не дозвонились"}},
    "gave_up": {"stage": "no_contact", "roles": ["supervisor"], "confirm": "Будет: лид → «Неконтакт»."},
    "busy": {"unmiss": True, "next": {"task": "attempt", "after": "10m", "same_attempt": True}},
    "agreed": {"stage": "agreed", "conversation": True, "next": {"task": "call_back", "at": "when"}},
    "in_chat": {"stage": "agreed", "conversation": True, "next": {"task": "write"}},
    "new_number": {"phone": "number", "next": {"task": "attempt", "after": "15m"}},
    "doubled": {"stage": "double", "joins": "whose", "confirm": "Будет: лид → «Дубль»."},
    "only_writing": {"bar": "calls"},
    "barred": {"stage": "junk", "bar": "all", "confirm": "Будет: больше не пишем."},
    "no_debt": {"stage": "junk", "confirm": "Будет: лид → «Некачественный».", "conversation": True},
    "refused": {"stage": "junk", "confirm": "Будет: лид → «Некачественный».", "conversation": True},
    "qualified": {
        "stage": "won",
        "conversation": True,
        "convert": {"to": "deals.fresh", "resume": "deal_talk"},
    },
    "meeting": {"stage": "meeting_set", "conversation": True, "next": {"task": "meeting", "at": "when"}},
    "thinks": {"stage": "thinking", "conversation": True, "next": {"task": "deal_call", "at": "when"}},
    "deal_lost": {"stage": "lost", "confirm": "Будет: сделка проиграна."},
}


def playbook_text() -> dict[str, Any]:
    """The document as it is read from YAML, free to be changed."""
    return deepcopy(_document())


def _document() -> dict[str, Any]:
    return {
        "playbook": "small",
        "title": "Маленький регламент",
        "hours": {"mon-fri": "09:00-19:00"},
        "sources": {"site": {"title": "Сайт", "crm": "WEB"}, "cold": {"title": "База", "crm": "COLD"}},
        "fields": {
            "debt": {"crm": "UF_CRM_DEBT", "type": "choice", "title": "Долг"},
            "agreement": {"crm": "UF_CRM_AGREEMENT", "type": "choice", "title": "Договорились"},
            "obstacle": {"crm": "UF_CRM_OBSTACLE", "type": "choice", "title": "Мешает"},
            "messengers": {"crm": "UF_CRM_IM", "type": "multi", "title": "Писали"},
            "note": {"crm": "UF_CRM_NOTE", "type": "text", "title": "Заметка", "on": ["lead"]},
            "reason": {"crm": "UF_CRM_REASON", "type": "text", "title": "Причина", "system": "reason"},
            "next_at": {"crm": "UF_CRM_NEXT", "type": "datetime", "title": "Дальше", "system": "next_at"},
            "tries": {"crm": "UF_CRM_TRIES", "type": "integer", "title": "Попытки", "system": "tries"},
            "met_at": {
                "crm": "UF_CRM_MET",
                "type": "datetime",
                "title": "Встреча",
                "on": ["deal"],
                "system": "meeting_at",
            },
            "met_in": {
                "crm": "UF_CRM_PLACE",
                "type": "text",
                "title": "Место",
                "on": ["deal"],
                "system": "meeting_place",
            },
        },
        "pipelines": {
            "leads": {"title": "Лиды", "entity": "lead", "on_barred": "barred", "stages": _LEAD_STAGES},
            "deals": {"title": "Сделки", "entity": "deal", "stages": _DEAL_STAGES},
        },
        "ladders": {"slot": {"board": "90m"}, "soon": {"board": "5m"}},
        "tasks": _TASKS,
        "cadences": {
            "calls": {
                "attempts": 5,
                "within": "3d",
                "slots": ["09:30", "11:15", "13:00", "15:00", "17:30"],
                "task": "attempt",
                "exhausted": "exhausted",
                "by_source": {"cold": {"attempts": 3, "within": "5d"}},
            }
        },
        "questions": _QUESTIONS,
        "questionnaires": _QUESTIONNAIRES,
        "outcomes": _OUTCOMES,
        "places": {"office": "Тверская, 1"},
    }


@cache
def small_playbook() -> Playbook:
    """The small playbook, built once and checked as any other: what the loader refuses need not be decided."""
    return load(json.dumps(playbook_text(), ensure_ascii=False)).playbook


def moscow(text: str) -> datetime:
    """`2026-11-02 16:50` on a Moscow clock, as the aware UTC moment."""
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW).astimezone(UTC)


def promised(text: str, how: str = "promised") -> dict[str, str]:
    """The answer to a ⏱ question."""
    return {"at": moscow(text).isoformat(), "how": how}


def lead(**changes: Any) -> Case:
    """A lead that has just come in, without a task yet."""
    arrived = moscow("2026-11-02 16:50")
    values: dict[str, Any] = {
        "id": 12,
        "entity": "lead",
        "crm_id": 1042,
        "playbook": "hash",
        "pipeline": "leads",
        "stage": "new",
        "owner": MANAGER,
        "title": "Заявка с сайта",
        "client": Client("Пётр Проверкин", phones=("+74952223344",)),
        "arrived_at": arrived,
        "entered_at": arrived,
        "source": "site",
    }
    return Case(**{**values, **changes})


def answer(question: str, value: Any, by: int = MANAGER) -> Answered:
    """A press of a button of `question`."""
    return Answered(by, question, value, str(value))


EffectT = TypeVar("EffectT", bound=Effect)


def effects_of(decision: Decision, kind: type[EffectT]) -> list[EffectT]:
    """The decision's effects of one kind, in order."""
    return [effect for effect in decision.effects if isinstance(effect, kind)]


class Desk:
    """A case and what happens to it, one event after another."""

    def __init__(self, case: Case | None = None, playbook: Playbook | None = None, staff: Staff = COMPANY) -> None:
        self.case = case or lead()
        self.staff = staff
        self.playbook = playbook or small_playbook()

    def does(self, at: str, event: Event, role: str = "manager", elsewhere: Sequence[datetime] = ()) -> Decision:
        """Decide the event at a Moscow time and go on with the new case."""
        now = moscow(at)
        decision = decide(self.playbook, self.case, event, now, role=role, staff=self.staff, elsewhere=elsewhere)
        self.case = decision.case
        return decision

    def says(self, at: str, *answers: tuple[str, Any], by: int = MANAGER, role: str = "manager") -> Decision:
        """Answer several questions in a row; the last decision is returned."""
        decisions = [self.does(at, answer(question, value, by), role) for question, value in answers]
        return decisions[-1]

    def arrives(self, at: str = "2026-11-02 16:50") -> Decision:
        return self.does(at, Arrived())


def desk_with_lead(**changes: Any) -> Desk:
    """A lead that has its first task."""
    desk = Desk(lead(**changes))
    desk.arrives()
    return desk


def task_of(desk: Desk) -> Task:
    """The case's open task, which must be there."""
    assert desk.case.task is not None
    return desk.case.task
