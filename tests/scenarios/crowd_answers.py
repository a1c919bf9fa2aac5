"""What the answers that people press mean for the figures, by docs/admin-guide.ru.md."""

from __future__ import annotations

from tests.scenarios.crowd import Told

_NO_DIAL = ("Подтвердил", "Пришёл", "Договор и оплата", "Ещё круг попыток", "Просит не писать")
_KEPT_OPEN = ("Подтвердил", "Пришёл", "Опаздывает")


def stays_open(one: Told) -> bool:
    """It has not ended the task."""
    if one.steps[0] == "Передать":
        return True
    return one.steps[0] in _KEPT_OPEN or (one.sign == "Подтвердил" and one.steps[0] == "Не ответил")


def is_dial(one: Told) -> bool:
    """The client was called for it."""
    only_written = "Написать" in one.card and "Написать и позвонить" not in one.card
    return one.sign not in _NO_DIAL and one.steps[0] != "Передать" and not only_written


def is_held(one: Told) -> bool:
    """The client was there."""
    return one.steps[0] == "Пришёл" or (one.sign == "Договор и оплата" and "Ещё идёт" not in one.steps[0])


def is_talk(one: Told) -> bool:
    """He was talked to, if it was a call."""
    steps = [step for step in one.steps if step != "Звоню"]
    if steps[0] == "Не дозвонился":
        return False
    return not (steps[0] == "Другой результат" and steps[1] in ("Бросил трубку", "Спам"))


def is_call_back(one: Told) -> bool:
    """He asked for a call at another time."""
    asked = one.sign == "Дозвонился" and "Просит перезвонить" in one.steps
    return asked or (one.sign == "Просит не писать" and "Дал время" in one.steps)


def has_time(one: Told) -> bool:
    """It ends with a time that he was promised."""
    last = one.steps[-1]
    return any(char.isdigit() for char in last) or "Вахта" in one.steps
