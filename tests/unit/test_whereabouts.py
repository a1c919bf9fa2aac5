"""Why somebody does not answer just now."""

from __future__ import annotations

from datetime import date

from bot.db.people import People, Person
from bot.engine.staff import Staff, Terms
from bot.engine.worktime import Window
from bot.playbooks.model import Shift
from bot.services.whereabouts import Whereabouts
from tests.builders import MANAGER, OTHER, moscow, small_playbook


def where(terms: Terms, moment: str, met: dict[int, str] | None = None, kind: str = "leave") -> str:
    evening = Shift(title="Вечер", hours={"mon-fri": "13:00-21:00"})
    playbook = small_playbook().model_copy(update={"shifts": {"evening": evening}})
    person = Person(1, "Иван Соколов", "manager", 100, MANAGER)
    people = People([person], Staff({MANAGER: terms}, (MANAGER, OTHER)))
    meetings = {user: moscow(until) for user, until in (met or {}).items()}
    return Whereabouts(people, playbook, moscow(moment), meetings, {1: kind}).name(MANAGER)


def test_at_work_there_is_nothing_to_say() -> None:
    assert where(Terms(), "2026-11-02 10:00") == "Иван С."


def test_the_reason_is_named_the_longest_first() -> None:
    away = Terms("evening", away=(Window(moscow("2026-11-01 00:00"), moscow("2026-11-20 00:00")),))
    assert where(away, "2026-11-02 10:00") == "Иван С., отпуск до 20.11"
    assert where(away, "2026-11-02 10:00", kind="sick") == "Иван С., болеет"
    assert where(Terms(), "2026-11-02 10:00", {MANAGER: "2026-11-02 11:00"}) == "Иван С., на встрече до 11:00"
    assert where(Terms("evening"), "2026-11-02 10:00") == "Иван С., смена с 13:00"
    assert where(Terms("evening"), "2026-11-02 22:00") == "Иван С., на смене завтра 13:00"
    duty = Terms("evening", ((date(2026, 11, 2), ()),))
    assert where(duty, "2026-11-02 10:00") == "Иван С., смена с 13:00"
