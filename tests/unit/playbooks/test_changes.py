"""From an admin's words to changes: forgiving where they are clear, a helpful refusal where they are not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bot.playbooks.changes import Refused, changes_of
from bot.playbooks.edit import Drop, Put, edited
from bot.playbooks.load import builtin, load
from bot.screens.people import hours

TODAY = date(2026, 11, 22)


def asked(subject: str, words: str) -> dict[str, Any]:
    """What the words would change: the value by its path, None where it goes."""
    changes = changes_of(subject, builtin("bankruptcy").playbook, words, TODAY)
    return {".".join(map(str, change.path)): change.value if isinstance(change, Put) else None for change in changes}


S = "cadences.scoring."
UNDERSTOOD: list[tuple[str, str, dict[str, Any]]] = [
    ("cadence", "scoring 6 попыток за 4 дня", {S + "attempts": 6, S + "within": "4d"}),
    ("cadence", "scoring attempts=6 within=4d", {S + "attempts": 6, S + "within": "4d"}),
    ("cadence", "set Недозвон на скоринг: шесть попыток", {S + "attempts": 6}),
    ("cadence", "недозвон на скоринг попыток 4", {S + "attempts": 4}),
    ("cadence", "scoring 6 попыток 4 дня", {S + "attempts": 6, S + "within": "4d"}),
    ("cadence", "scoring 4 дня 6 попыток", {S + "attempts": 6, S + "within": "4d"}),
    ("cadence", "scoring дней 4, попыток 6", {S + "attempts": 6, S + "within": "4d"}),
    ("cadence", "scoring БДТ - 2 попытки", {S + "by_source.BDT.attempts": 2}),
    ("cadence", "scoring двенадцать попыток за 8 дней", {S + "attempts": 12, S + "within": "8d"}),
    ("cadence", "scoring within=4", {S + "within": "4d"}),
    ("cadence", "scoring за 4 рабочих дня", {S + "within": "4d"}),
    ("cadence", "scoring дней 4", {S + "within": "4d"}),
    ("cadence", "scoring вторая через полчаса, пауза 2 часа", {S + "second": "30m", S + "gap": "2h"}),
    ("cadence", "scoring second=1h30m gap=60m", {S + "second": "1h30m", S + "gap": "1h"}),
    ("cadence", "scoring 2-я через 1,5 часа", {S + "second": "1h30m"}),
    ("cadence", "scoring не чаще 3 в день", {S + "per_day": 3}),
    ("cadence", "scoring per_day=3, 9 попыток", {S + "per_day": 3, S + "attempts": 9}),
    ("cadence", "scoring слоты 10:00 12.30 и 18:15", {S + "slots": ["10:00", "12:30", "18:15"]}),
    ("cadence", "scoring slots=10:00,12:30", {S + "slots": ["10:00", "12:30"]}),
    ("cadence", "scoring для БДТ 4 за 5 дней", {S + "by_source.BDT.attempts": 4, S + "by_source.BDT.within": "5d"}),
    ("cadence", "scoring source=WEB attempts=4", {S + "by_source.WEB.attempts": 4}),
    ("cadence", "scoring для сайта 4 попытки", {S + "by_source.WEB.attempts": 4}),
    ("cadence", "scoring для БДТ как у всех", {S + "by_source.BDT": None}),
    ("cadence", "на номер не больше 2 в день", {"calls_per_number": 2}),
    ("cadence", "на номер без ограничений", {"calls_per_number": None}),
    ("cadence", "calls_per_number=4", {"calls_per_number": 4}),
    ("cadence", "на один номер без ограничения", {"calls_per_number": None}),
    (
        "cadence",
        "сменить номер после 20 недозвонов за 2 часа",
        {"worn_number.misses": 20, "worn_number.within": "2h"},
    ),
    ("cadence", "worn_number misses=15 within=4h", {"worn_number.misses": 15, "worn_number.within": "4h"}),
    ("cadence", "смена номера за 90 мин", {"worn_number.within": "1h30m"}),
    (
        "cadence",
        "scoring 6 попыток за 4 дня, на номер до 4 раз в день",
        {"calls_per_number": 4, S + "attempts": 6, S + "within": "4d"},
    ),
    ("cadence", "scoring разброс 10 мин", {S + "spread": "10m"}),
    ("hours", "смена вечер 13:00-22:00", {"shifts.vecher": {"title": "Вечер", "hours": {"mon-fri": "13:00-22:00"}}}),
    (
        "hours",
        "смена вечер пн-пт 13-22, сб 12-18",
        {"shifts.vecher": {"title": "Вечер", "hours": {"mon-fri": "13:00-22:00", "sat": "12:00-18:00"}}},
    ),
    (
        "hours",
        "смена 2/2 с 23.11 09:00-21:00",
        {
            "shifts.shift_2_2": {
                "title": "2/2",
                "days": 2,
                "off": 2,
                "since": "2026-11-23",
                "window": "09:00-21:00",
            }
        },
    ),
    (
        "hours",
        "добавить смену ночные дозорные 3 через 1 с 20 ноября 10-20 и в праздники",
        {
            "shifts.nochnye_dozornye": {
                "title": "Ночные дозорные",
                "calendar": False,
                "days": 3,
                "off": 1,
                "since": "2026-11-20",
                "window": "10:00-20:00",
            }
        },
    ),
    ("sla", "Обработать лид 20 минут", {"tasks.process_lead.due": {"within": "20m"}}),
    ("sla", "process_lead due=1h30m", {"tasks.process_lead.due": {"within": "1h30m"}}),
    ("sla", "задача обработать лид для БДТ 2 часа", {"tasks.process_lead.by_source.BDT.due": {"within": "2h"}}),
    ("sla", "обработать лид за 25 рабочих минут", {"tasks.process_lead.due": {"within": "25m"}}),
    ("cadence", "scoring пауза не меньше часа", {S + "gap": "1h"}),
    ("hours", "с понедельника по пятницу с 9 до 18", {"hours": {"mon-fri": "09:00-18:00"}}),
    ("sla", "обработать лид до конца дня", {"tasks.process_lead.due": {"by_end_of_day": 0}}),
    (
        "sla",
        "обработать лид для Почты до конца завтрашнего дня",
        {"tasks.process_lead.by_source.EMAIL.due": {"by_end_of_day": 1}},
    ),
    ("sla", "обработать лид для БДТ как у всех", {"tasks.process_lead.by_source.BDT": None}),
    ("sla", "стадия Новый лид 45 мин", {"pipelines.leads.stages.new.limit": "45m"}),
    ("sla", "leads.new limit=45m", {"pipelines.leads.stages.new.limit": "45m"}),
    ("sla", "Недозвон на скоринг 6 дней", {"pipelines.leads.stages.scoring_no_answer.limit": "6d"}),
    ("sla", "новый лид без срока для сайта", {"pipelines.leads.stages.new.limit_exempt": ["BDT", "WEB"]}),
    ("sla", "новый лид без срока", {"pipelines.leads.stages.new.limit": None}),
    ("sla", "новый лид для БДТ как у всех", {"pipelines.leads.stages.new.limit_exempt": None}),
    ("hours", "пн-пт 10-18", {"hours": {"mon-fri": "10:00-18:00"}}),
    ("hours", "сб 10-16", {"hours": {"mon-fri": "09:00-19:00", "sat": "10:00-16:00"}}),
    ("hours", "пт с 9 до 18", {"hours": {"mon-thu": "09:00-19:00", "fri": "09:00-18:00"}}),
    ("hours", "среда выходной", {"hours": {"mon-tue": "09:00-19:00", "thu-fri": "09:00-19:00"}}),
    ("hours", "будни 9:30–19, сб и вс 11-15", {"hours": {"mon-fri": "09:30-19:00", "sat-sun": "11:00-15:00"}}),
    ("hours", "mon-fri=10:00-18:00", {"hours": {"mon-fri": "10:00-18:00"}}),
    ("hours", "пн-пт 9-13 и 14-19", {"hours": {"mon-fri": "09:00-13:00", "mon,tue,wed,thu,fri": "14:00-19:00"}}),
    ("hours", "клиент 10-20", {"client_hours": "10:00-20:00"}),
    ("hours", "ежедневно 9-19", {"hours": {"mon-sun": "09:00-19:00"}}),
    ("holidays", "31.12 выходной", {"days.2026-12-31": "off"}),
    ("holidays", "20.02 10-16", {"days.2027-02-20": "10:00-16:00"}),
    ("holidays", "2027-02-20: 10:00-16:00", {"days.2027-02-20": "10:00-16:00"}),
    ("holidays", "31 декабря короткий", {"days.2026-12-31": "09:00-18:00"}),
    ("holidays", "28.11 рабочий", {"days.2026-11-28": "09:00-19:00"}),
    ("holidays", "28.11 рабочий 10-16, 30.11 выходной", {"days.2026-11-28": "10:00-16:00", "days.2026-11-30": "off"}),
    (
        "holidays",
        "30.12-02.01 выходной",
        {f"days.{day}": "off" for day in ("2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02")},
    ),
    ("sources", "БДТ = База должников", {"sources.BDT.title": "База должников"}),
    ("sources", "WEB title=«Сайт: новый»", {"sources.WEB.title": "Сайт: новый"}),
    ("sources", "добавить TG Telegram", {"sources.TG": {"title": "Telegram", "crm": "TG"}}),
    ("alerts", "Обработать лид табло через 10 мин", {"ladders.first_touch.board": "10m"}),
    (
        "alerts",
        "process_lead board=0 руководителю через 20 мин, директору нет",
        {
            "ladders.first_touch.board": "0m",
            "ladders.first_touch.supervisor": "20m",
            "ladders.first_touch.director": None,
        },
    ),
    (
        "alerts",
        "call_back не напоминать, предупредить сразу",
        {
            "ladders.call_back": {"notice": "0m", "board": "10m", "supervisor": "20m"},
            "tasks.call_back.ladder": "call_back",
        },
    ),
    ("alerts", "Обработать лид предложить смене за 8 мин", {"ladders.first_touch.offer": "8m"}),
    ("alerts", "Обработать лид без тревоги", {"ladders.first_touch.supervisor": None}),
    (
        "alerts",
        "Ответить тревога руководителю через 1 ч",
        {"ladders.reply": {"board": "15m", "supervisor": "1h"}, "tasks.reply.ladder": "reply"},
    ),
]


@pytest.mark.parametrize(("subject", "words", "wanted"), UNDERSTOOD, ids=[words for _, words, _ in UNDERSTOOD])
def test_what_is_clear_is_understood(subject: str, words: str, wanted: dict[str, Any]) -> None:
    assert asked(subject, words) == wanted


def test_what_is_understood_makes_a_playbook() -> None:
    before = builtin("bankruptcy")
    asks = (
        ("cadence", "scoring 7 попыток за 4 дня, не чаще 3 в день, слоты 10:00 и 15:30"),
        ("cadence", "meeting для сайта 4 попытки"),
        ("sla", "стадия Новый лид 45 мин"),
        ("hours", "пт 9-18, сб 10-16"),
        ("holidays", "31.12 выходной"),
        ("sources", "добавить TG Telegram"),
        ("alerts", "Обработать лид напомнить за 10 мин"),
    )
    text = edited(before.text, [one for ask in asks for one in changes_of(ask[0], before.playbook, ask[1], TODAY)])
    after = load(text).playbook
    assert after.cadences["scoring"].attempts == 7
    assert after.hours == {"mon-thu": "09:00-19:00", "fri": "09:00-18:00", "sat": "10:00-16:00"}
    assert after.days == {date(2026, 12, 31): "off"}


REFUSED = [
    ("cadence", "", "Какой регламент"),
    ("cadence", "скорринг 5 попыток", "Может быть"),
    ("cadence", "scoring", "Можно менять"),
    ("cadence", "scoring чаще", "Не понял: «чаще»"),
    ("cadence", "scoring attempts=0", "от 1 до 30"),
    ("cadence", "scoring attempts=-5", "Не понял"),
    ("cadence", "scoring -6 попыток за 4 дня", "Не понял: «-6 попыток»"),
    ("cadence", "scoring 6 попыток за -4 дня", "Не понял: «за -4 дня»"),
    ("cadence", "scoring 5.5 попыток", "Не понял: «5.5 попыток»"),
    ("cadence", "scoring attempts=5,5", "Не понял: «attempts=5,5»"),
    ("cadence", "scoring 30 попыток за 9999999 дней", "от 1 до 366"),
    ("cadence", "scoring within=367d", "от 1 до 366"),
    ("cadence", "scoring attempts=abc", "Не понял"),
    ("cadence", "scoring 99999999999999999999999 попыток", "от 1 до 30"),
    ("cadence", "scoring 7 попыток", "не поместятся"),
    ("cadence", "scoring per_day=99", "от 1 до 10"),
    ("cadence", "scoring за 3 недели", "Не понял"),
    ("cadence", "scoring within=90m", "целое число"),
    ("cadence", "scoring within=0", "целое число"),
    ("cadence", "scoring вторая через 2 дня", "меньше суток"),
    ("cadence", "scoring слоты 25:00", "Не понял"),
    ("cadence", "scoring слоты 20:30", "вне рабочих часов"),
    ("cadence", "scoring слоты 10:00 10:00", "дважды"),
    ("cadence", "scoring для Марса 3 попытки", "Источника «Марса» нет"),
    ("cadence", "scoring для WEB как у всех", "и так так"),
    ("cadence", "scoring как у всех", "какого источника"),
    ("cadence", "scoring 5 попыток за 3 дня", "и так так"),
    ("cadence", "scoring 5 попыток; DROP TABLE cases", "Не понял: «DROP TABLE cases»"),
    ("cadence", "scoring " + "я" * 600, "не больше 500"),
    ("sla", "", "О какой|о какой"),
    ("sla", "Неконтакт 5 дней", "несколько"),
    ("sla", "Обработать лид 20 минут потом", "Не понял: «потом»"),
    ("sla", "Обработать лид", "Задача"),
    ("sla", "Обработать лид 0 мин", "от минуты"),
    ("sla", "Обработать лид -20 минут", "Не понял: «-20 минут»"),
    ("sla", "Обработать лид 20 мин 30 мин", "Не понял: «30 мин»"),
    ("sla", "Обработать лид 20 мин для БДТ 30 мин", "Не понял: «30 мин»"),
    ("sla", "Обработать лид 9000 дней", "до года"),
    ("sla", "Обработать лид 15 мин", "и так так"),
    ("sla", "стадия Спам 5 дней", "конечная"),
    ("sla", "новый лид 45 мин для сайта", "один для всех"),
    ("hours", "", "Можно"),
    ("hours", "пн-пт 19-9", "конец раньше"),
    ("hours", "пн-пт 9-25", "Не понял|Можно"),
    ("hours", "пн-пт 9-24", "полуночи"),
    ("hours", "пн-пт 9-19", "и так так"),
    ("hours", "ежедневно выходной", "не работает никто"),
    ("hours", "каждый вечер", "Не понял"),
    ("holidays", "31.02 выходной", "нет"),
    ("holidays", "31.12", "Не понял|Можно"),
    ("holidays", "01.02.2025 выходной", "прошло"),
    ("holidays", "01.02.2099 выходной", "далеко"),
    ("holidays", "01.12-01.11 выходной", "от 1 до 31"),
    ("holidays", "05.12 как обычно", "и так так"),
    ("sources", "Марс = Луна", "Источника|Не понял"),
    ("sources", "БДТ", "Можно"),
    ("sources", "Сайт = звонок", "уже есть"),
    ("sources", "добавить TG БДТ", "уже есть"),
    ("sources", "БДТ = БДТ", "и так так"),
    ("sources", "добавить ТГ Телеграм", "латинские"),
    ("sources", "добавить WEB Ещё сайт", "уже есть"),
    ("sources", "БДТ = " + "ы" * 50, "до 40"),
    ("alerts", "Обработать лид", "Можно"),
    ("alerts", "табло 5 мин", "о какой задаче"),
    ("alerts", "Обработать лид табло 5 мин", "и так так"),
    ("alerts", "Обработать лид громче", "Не понял|Можно"),
    ("alerts", "attempt табло нет", "Кто-то"),
    ("alerts", "Обработать лид напомнить сразу", "Можно"),
]


REFUSED += [
    ("cadence", "на номер 99 в день", "от 1 до 30"),
    ("cadence", "на номер 3 в день", "и так так"),
    ("cadence", "на номер", "на номер не больше"),
    ("cadence", "на номер -5 в день", "на номер не больше"),
    ("cadence", "calls_per_number=4.5", "на номер не больше"),
    ("cadence", "сменить номер после -15 недозвонов", "на номер не больше"),
    ("cadence", "сменить номер", "на номер не больше"),
    ("cadence", "сменить номер после 1 недозвона", "от 2 до 100"),
    ("cadence", "сменить номер за 3 дня", "до суток"),
    ("cadence", "scoring разброс 3 часа", "до часа"),
    ("cadence", "scoring для БДТ разброс 10 мин", "для всех источников"),
    ("hours", "смена", "Смены:"),
    ("hours", "смена вечер", "Смены:"),
    ("hours", "смена вечер убрать", "Какую смену"),
    ("hours", "смена вечер 22-13", "конец раньше"),
    ("hours", "смена 2/2 09:00-21:00 пн-пт 9-18", "Смены:"),
    ("hours", "смена 99/2 с 23.11 9-21", "от 1 до 31"),
    ("hours", "смена 2/2 с 31.02 9-21", "31.02"),
    ("hours", "смена 2/2 с 01.01.2020 9-21", "слишком далеко"),
    ("hours", "смена 2/2 с 23.11 9-13 и 14-19", "одни часы"),
    ("hours", "смена 13-22", "Смены:"),
    ("hours", "смена " + "ы" * 31 + " 13-22", "до 30"),
    ("hours", "смена 😀 13-22", "до 30"),
    ("hours", "смена вечер 777 13-22", "Не понял"),
]


@pytest.mark.parametrize(("subject", "words", "said"), REFUSED, ids=[words[:30] for _, words, _ in REFUSED])
def test_a_refusal_says_what_is_wrong(subject: str, words: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        asked(subject, words)


@pytest.mark.parametrize("subject", ["cadence", "sla", "hours", "holidays", "sources", "alerts"])
@pytest.mark.parametrize(
    "nonsense", ["😀", "= = =", "((((", "\x00", "[[]]{}", "*", "%s %d {0} {n}", "'; --", "\\d+", "нет"]
)
def test_nonsense_never_breaks(subject: str, nonsense: str) -> None:
    with pytest.raises(Refused):
        asked(subject, nonsense)


def test_days_are_dropped_and_their_places_are_kept() -> None:
    before = builtin("bankruptcy")
    text = edited(before.text, changes_of("holidays", before.playbook, "31.12 выходной, 30.12 короткий", TODAY))
    with_days = load(text, checked=True).playbook
    assert changes_of("holidays", with_days, "31.12 как обычно", TODAY) == [Drop(("days", "2026-12-31"))]
    one = edited(text, changes_of("holidays", with_days, "31.12 как обычно", TODAY))
    last = changes_of("holidays", load(one, checked=True).playbook, "30.12 как обычно", TODAY)
    assert edited(one, last) == before.text


SHIFT_STEPS = (
    ("смена вечер 13:00-22:00", "Вечер пн–пт 13:00–22:00"),
    ("смена вечер сб 12-18", "Вечер пн–пт 13:00–22:00, сб 12:00–18:00"),
    ("смена вечер 14-22", "Вечер пн–сб 14:00–22:00"),
    ("смена вечер сб выходной, название Поздняя", "Поздняя пн–пт 14:00–22:00"),
    ("смена поздняя и в праздники", "Поздняя пн–пт 14:00–22:00 без праздников"),
    ("смена поздняя кроме праздников", "Поздняя пн–пт 14:00–22:00"),
    ("смена поздняя 2/2 с 23.11 9-21", "Поздняя 2/2 09:00–21:00"),
    ("смена поздняя 10-22", "Поздняя 2/2 10:00–22:00"),
    ("смена поздняя 3/1", "Поздняя 3/1 10:00–22:00"),
    ("смена поздняя будни 9-18", "Поздняя пн–пт 09:00–18:00"),
)


def test_a_shift_is_made_changed_and_removed_and_the_text_is_as_it_was() -> None:
    """Each step is what the words say; with the last one gone every byte is back."""
    before = builtin("bankruptcy")
    loaded = before
    for words, wanted in SHIFT_STEPS:
        text = edited(loaded.text, changes_of("hours", loaded.playbook, words, TODAY))
        loaded = load(text, checked=True)
        (shift,) = loaded.playbook.shifts.values()
        told = hours(loaded.playbook, next(iter(loaded.playbook.shifts))).replace(",", "", 1)
        assert told + ("" if shift.calendar else " без праздников") == wanted, words
    assert edited(loaded.text, changes_of("hours", loaded.playbook, "смена поздняя убрать", TODAY)) == before.text


def test_of_two_shifts_one_goes() -> None:
    loaded = builtin("bankruptcy")
    for words in ("смена вечер 13-22", "смена 2/2 с 23.11 9-21", "смена вечер убрать"):
        loaded = load(edited(loaded.text, changes_of("hours", loaded.playbook, words, TODAY)), checked=True)
    assert [shift.title for shift in loaded.playbook.shifts.values()] == ["2/2"]
    changed = load(edited(loaded.text, changes_of("hours", loaded.playbook, "смена 2/2 10-22", TODAY))).playbook
    assert changed.shifts["shift_2_2"].window == "10:00-22:00"
    assert changed.shifts["shift_2_2"].days == 2


def test_figures_of_numbers_make_a_playbook() -> None:
    loaded = builtin("bankruptcy")
    for words in ("на номер 4 в день, сменить номер после 20 недозвонов за 2 ч", "scoring разброс 5 мин"):
        loaded = load(edited(loaded.text, changes_of("cadence", loaded.playbook, words, TODAY)), checked=True)
    playbook = loaded.playbook
    assert (playbook.calls_per_number, playbook.worn_number.misses) == (4, 20)
    assert playbook.cadences["scoring"].spread == timedelta(minutes=5)
    off = changes_of("cadence", playbook, "scoring без разброса, на номер без ограничения", TODAY)
    plain = load(edited(loaded.text, off), checked=True).playbook
    assert plain.calls_per_number is None
    assert plain.cadences["scoring"].spread == timedelta(0)
