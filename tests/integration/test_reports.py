"""Figures are counted from the tables alike on both databases."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import insert, update

from bot.clock import BusinessClock
from bot.db import cases as db_cases
from bot.db import tables as t
from bot.db.people import People, Person
from bot.db.session import Database
from bot.engine.figures import Share
from bot.playbooks.load import builtin
from bot.services.analysis import Analysis
from bot.services.library import Library
from bot.services.morning_digest import unpaid_stages
from bot.services.reports import Reports
from bot.services.week_file import week_csv
from tests.builders import lead, moscow

IVAN, ANNA = 7, 8
LOADED = builtin("bankruptcy")


class Store:
    """Writes rows as the floor would."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.cases = 0

    async def case(self, *, counted: bool = True, source: str = "WEB") -> int:
        self.cases += 1
        case = replace(lead(), id=0, crm_id=self.cases, source=source, playbook=LOADED.hash)
        async with self.database.write() as connection:
            return await db_cases.add(connection, case, stream=None, counted=counted, now=case.arrived_at)

    async def line(
        self, case: int, at: datetime, deed: Mapping[str, Any] | None, *, marks: tuple[str, ...] = ()
    ) -> None:
        data: dict[str, Any] = {"stage": "new", "task": f"{case}-1"}
        if deed is not None:
            data["deed"] = {"holder": IVAN, **deed}
        if marks:
            data["marks"] = list(marks)
        row = {"case_id": case, "at": at, "by": IVAN, "event": "Answered", "why": "", "data": data}
        async with self.database.write() as connection:
            await connection.execute(insert(t.journal).values(row))

    async def task(self, case: int, due: str, *, kind: str = "call_back", **more: Any) -> None:
        async with self.database.write() as connection:
            await connection.execute(insert(t.tasks).values(_task_row(case, moscow(due), kind, **more)))


def _task_row(
    case: int,
    due: datetime,
    kind: str,
    *,
    owner: int = IVAN,
    overdue: datetime | None = None,
    ends: datetime | None = None,
    number: int = 1,
) -> dict[str, Any]:
    row = {"id": f"{case}-{number}", "case_id": case, "kind": kind, "owner": owner, "rank": 0, "state": "open"}
    return row | {"due_at": due, "overdue_at": overdue, "ends_at": ends}


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


def reports(database: Database, now: str) -> Reports:
    return Reports(database, BusinessClock(moscow(now), running=False), Library(LOADED))


def ended(how: str = "done", *, late: bool = False, **more: Any) -> dict[str, Any]:
    return {"ended": {"kind": "call_back", "due": "2026-11-03T10:00:00+03:00", "how": how, "late": late, **more}}


async def test_each_figure_of_a_day(database: Database, store: Store) -> None:
    case, other = await store.case(), await store.case(source="BDT")
    await store.line(case, moscow("2026-11-02 18:59"), ended())  # yesterday's
    await store.line(case, moscow("2026-11-02 23:00"), {"arrived": {"within": 900, "night": True}})
    await store.line(other, moscow("2026-11-03 10:00"), {"arrived": {"within": 900, "night": False}})
    await store.line(other, moscow("2026-11-03 10:05"), {"touched": {"wait": 300}, "answered": "2-1"})
    dial = {"number": 1, "reached": True, "part": "morning"}
    await store.line(case, moscow("2026-11-03 10:10"), {"dial": dial, **ended(promise="kept")})
    await store.line(case, moscow("2026-11-03 11:00"), ended(late=True, promise="late"), marks=("barred",))
    await store.line(case, moscow("2026-11-03 11:30"), ended("over", late=True, promise="broken"))
    far = {"at": "2026-11-20T10:00:00+03:00", "reason": "Вахта"}
    await store.line(case, moscow("2026-11-03 12:00"), {"far": far, "holder": ANNA})
    await store.line(case, moscow("2026-11-03 12:01"), {"breach": "closed"})
    await store.line(case, moscow("2026-11-03 12:02"), {"breach": "closed"})  # opened and closed again
    await store.line(case, moscow("2026-11-03 12:03"), {"breach": "moved"})
    await store.line(case, moscow("2026-11-03 12:04"), None)
    found = (await reports(database, "2026-11-03 15:00").day()).report
    total = found.total
    assert (total.done, total.late, total.dials, total.reached) == (2, 1, 1, 1)
    assert (total.arrived, total.night, total.measured, total.in_time, total.median_wait) == (2, 1, 1, 1, 300)
    assert (total.kept, total.kept_late, total.broken) == (1, 1, 1)
    assert (total.closed_past_us, total.moved_by_hand, total.marks["barred"]) == (1, 1, 1)
    assert [(one.owner, one.reason) for one in total.far] == [(ANNA, "Вахта")]
    assert (found.by_manager[IVAN].done, found.by_manager[ANNA].done) == (2, 0)
    assert (found.by_source["BDT"].arrived, found.by_source["WEB"].arrived) == (1, 1)
    mine = (await reports(database, "2026-11-03 15:00").day(users={ANNA})).report.total
    assert (mine.done, len(mine.far)) == (0, 1)


async def test_test_leads_and_what_was_taken_back_never_count(database: Database, store: Store) -> None:
    case, test = await store.case(), await store.case(counted=False)
    await store.line(test, moscow("2026-11-03 10:00"), ended())
    await store.line(case, moscow("2026-11-03 10:00"), {"answered": f"{case}-1", "counts": ["meeting_set"], **ended()})
    await store.line(case, moscow("2026-11-03 10:00"), {"undone": f"{case}-1"})
    await store.task(test, "2026-11-03 11:00")
    total = (await reports(database, "2026-11-03 15:00").day()).report.total
    assert total.empty


async def test_a_contract_is_counted_once_in_a_life_and_a_meeting_once_a_day(database: Database, store: Store) -> None:
    old, new = await store.case(), await store.case()
    await store.line(old, moscow("2026-10-01 10:00"), {"counts": ["contract", "meeting_set"]})
    for case in (old, new):
        for minute in (1, 2):
            await store.line(case, moscow(f"2026-11-03 10:0{minute}"), {"counts": ["contract", "meeting_set"]})
    await store.line(new, moscow("2026-11-05 10:00"), {"counts": ["contract", "meeting_set"]})
    total = (await reports(database, "2026-11-03 15:00").day()).report.total
    assert (total.contracts, total.meetings_set) == (1, 2)
    week = await reports(database, "2026-11-05 15:00").week()
    assert [report.total.contracts for _, report in week.days] == [0, 0, 1, 0]
    assert [day.day for day, _ in week.days] == [30, 2, 3, 5]
    assert week.total.total.contracts == 1
    assert week_csv(week).count("\r\n") >= 7


async def test_the_file_says_nothing_of_what_nobody_knows_any_more(database: Database, store: Store) -> None:
    case = await store.case()
    for day in ("02", "03"):
        await store.line(case, moscow(f"2026-11-{day} 10:00"), ended())
    await store.task(case, "2026-11-03 18:00", overdue=moscow("2026-11-03 12:00"))
    week = week_csv(await reports(database, "2026-11-03 15:00").week())
    rows = list(csv.reader(StringIO(week.removeprefix("\ufeff")), delimiter=";"))
    cells = {(row[0], row[1]): tuple(row[2:6]) for row in rows}
    assert cells["02.11.2026", "№ 7"] == cells["02.11.2026", "Все"] == ("1", "0", "", "")
    assert cells["03.11.2026", "Все"] == ("1", "0", "1", "1")
    assert cells["Неделя", "Все"] == ("2", "0", "1", "1")


async def test_what_was_left_in_an_evening_is_told_as_that_evening_saw_it(database: Database, store: Store) -> None:
    case = await store.case()
    await store.line(case, moscow("2026-11-02 10:00"), ended())
    await store.task(case, "2026-11-02 18:00", overdue=moscow("2026-11-02 18:05"))
    await store.task(await store.case(), "2026-11-02 19:30", owner=ANNA, overdue=moscow("2026-11-02 19:30"))
    await store.task(await store.case(), "2026-11-03 12:00", owner=ANNA)
    await reports(database, "2026-11-02 19:00").keep_evening(date(2026, 11, 2))
    async with database.write() as connection:
        await connection.execute(update(t.tasks).where(t.tasks.c.owner == IVAN).values(state="done"))
    await reports(database, "2026-11-02 19:40").keep_evening(date(2026, 11, 2))  # by a bot that was started anew

    async def left(now: str, users: set[int] | None = None) -> tuple[list[str], ...]:
        rows = list(csv.reader(StringIO(week_csv(await reports(database, now).week(users))), delimiter=";"))
        days = ("02.11.2026", "03.11.2026", "Неделя")
        return tuple([one for row in rows if row[:2] == [day, "Все"] for one in row[4:6]] for day in days)

    assert await left("2026-11-02 20:00") == (["2", "1"], [], ["2", "1"])
    assert await left("2026-11-03 12:30") == (["2", "1"], ["2", "1"], ["2", "1"])  # two others, now
    assert await left("2026-11-03 12:30", {IVAN}) == (["1", "1"], ["0", "0"], ["0", "0"])
    evening = (await reports(database, "2026-11-03 08:00").day(users={ANNA})).report
    assert (evening.left_known, evening.total.left, evening.total.overdue) == (True, 1, 0)


def test_namesakes_are_told_apart() -> None:
    """Two of one first name and initial were one row of the analysis."""
    names = ("Иван Соколов", "Иван Сидоров", "Анна Ковалёва", "Пётр Иванов", "Пётр Иванов", "Олег Ким")
    persons = [Person(number, name, "manager", None, number) for number, name in enumerate(names, 1)]
    people = People([*persons, Person(9, "Олег Ким", "admin", None, None)])
    assert [people.short_name(number) for number in range(1, 8)] == [
        *("Иван Соколов", "Иван Сидоров", "Анна К.", "Пётр Иванов (№ 4)", "Пётр Иванов (№ 5)", "Олег К.", "№ 7"),
    ]
    assert people.name_of(4) == "Пётр Иванов (№ 4)"


async def test_what_is_open_now(database: Database, store: Store) -> None:
    case = await store.case()
    await store.task(case, "2026-11-03 10:00", overdue=moscow("2026-11-03 10:05"), owner=IVAN)
    await store.task(await store.case(), "2026-11-03 18:00", overdue=moscow("2026-11-03 19:00"), owner=ANNA)
    await store.task(await store.case(), "2026-11-05 10:00", owner=ANNA)
    meeting: dict[str, Any] = {"kind": "meeting", "owner": ANNA, "number": 2}
    await store.task(case, "2026-11-03 12:00", ends=moscow("2026-11-03 13:00"), **meeting)
    await store.task(case, "2026-11-05 12:00", ends=moscow("2026-11-05 13:00"), **meeting | {"number": 3})
    found = await reports(database, "2026-11-03 15:00").day()
    total = found.report.total
    assert (total.left, total.overdue, total.meetings_due, found.meetings_next) == (3, 1, 1, 1)
    assert found.report.by_manager[IVAN].overdue == 1


async def test_a_lead_that_nobody_has_called_is_late_once_its_time_is_over(database: Database, store: Store) -> None:
    case = await store.case()
    await store.line(case, moscow("2026-11-03 10:00"), {"arrived": {"within": 900, "night": False}})
    await store.task(case, "2026-11-03 10:15", kind="process_lead", owner=IVAN)
    for minute, measured in ((14, 0), (16, 1)):
        total = (await reports(database, f"2026-11-03 10:{minute}").day()).report.total
        assert (total.measured, total.in_time) == (measured, 0)


async def test_an_uncalled_lead_is_his_who_has_its_task_whenever_that_is_due(database: Database, store: Store) -> None:
    """Handed over before anybody called him: with terms of his own he is due on another day only."""
    case = await store.case(source="BDT")
    await store.line(case, moscow("2026-11-03 10:00"), {"arrived": {"within": None, "night": False}})
    await store.task(case, "2026-11-05 19:00", kind="process_lead", owner=ANNA)
    found = (await reports(database, "2026-11-03 15:00").day()).report
    assert (found.by_manager[IVAN].arrived, found.by_manager[ANNA].arrived) == (0, 1)


@pytest.mark.parametrize(("moved", "measured"), [("10:14", 0), ("10:16", 1)])
async def test_whom_somebody_has_moved_on_uncalled_was_missed_if_his_time_was_over(
    database: Database, store: Store, moved: str, measured: int
) -> None:
    case = await store.case()
    await store.line(case, moscow("2026-11-03 10:00"), {"arrived": {"within": 900, "night": False}})
    await store.line(case, moscow(f"2026-11-03 {moved}"), {"breach": "moved", **ended("over")})
    await store.task(case, "2026-11-05 18:00")
    for now in ("2026-11-03 18:00", "2026-11-05 12:00"):  # and it does not change with the due time of what follows
        week = await reports(database, now).week()
        assert week.total.total.measured == measured


async def test_today_is_what_a_person_calls_so(database: Database, store: Store) -> None:
    case = await store.case()
    await store.line(case, moscow("2026-11-02 18:00"), ended())
    await store.line(case, moscow("2026-11-02 20:00"), ended())
    await store.line(case, moscow("2026-11-03 08:30"), ended())
    await store.line(case, moscow("2026-11-03 20:00"), ended())
    for now, today, week in (
        ("2026-11-02 21:00", 2, 2),  # after the closing
        ("2026-11-03 08:45", 2, 3),  # before the opening: since the closing of yesterday
        ("2026-11-03 21:00", 3, 4),
        ("2026-11-04 12:00", 1, 4),  # a holiday
        ("2026-11-05 09:30", 1, 4),
    ):
        found = reports(database, now)
        assert ((await found.so_far()).report.total.done, (await found.week(so_far=True)).total.total.done) == (
            today,
            week,
        ), now


async def test_an_uncalled_lead_waits_in_the_hours_of_its_own_team(database: Database, store: Store) -> None:
    async with database.write() as connection:
        for user in (IVAN, ANNA):  # each in a department of his own
            await connection.execute(insert(t.teams).values(id=user, name=f"Отдел {user}", gone=False))
            await connection.execute(insert(t.team_members).values(crm_user=user, team=user))
            person = {"id": user, "crm_user_id": user, "name": f"Менеджер {user}", "role": "manager"}
            await connection.execute(insert(t.people).values(person | {"reachable": True, "active": True}))
        await connection.execute(insert(t.duties).values(person_id=ANNA, day=date(2026, 11, 5), hours="13:00-22:00"))
    for holder in (IVAN, ANNA):
        arrived = {"arrived": {"within": 900, "night": False}, "holder": holder}
        await store.line(await store.case(), moscow("2026-11-05 18:55"), arrived)
    found = (await reports(database, "2026-11-05 19:30").day()).report
    assert (found.by_manager[IVAN].measured, found.by_manager[ANNA].measured) == (0, 1)


async def test_no_name_is_a_formula_and_every_cell_stays_one(database: Database, store: Store) -> None:
    name = '=HYPERLINK("x";"y")\nвторая строка'
    async with database.write() as connection:
        person = {"crm_user_id": IVAN, "name": name, "role": "manager", "reachable": True, "active": True}
        await connection.execute(insert(t.people).values(person))
    case = await store.case()
    await store.line(case, moscow("2026-11-03 10:00"), {"arrived": {"within": 900, "night": False}})
    await store.line(case, moscow("2026-11-03 10:02"), {"touched": {"wait": 90}})
    text = week_csv(await reports(database, "2026-11-03 15:00").week())
    assert text.startswith("\ufeffДень;Менеджер;")
    rows = list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert {row[1] for row in rows[1:]} == {f"'{name}", "Все"}
    assert {row[rows[0].index("Первый звонок, медиана, мин")] for row in rows[1:]} == {"1,5", ""}


def test_days_of_the_calendar() -> None:
    """Before the opening and on days off it is the last working day; Wednesday the 4th is a holiday."""
    clock = BusinessClock(moscow("2026-11-05 08:59"), running=False)
    assert Reports(None, clock, Library(LOADED)).today().day == 3  # type: ignore[arg-type]
    clock = BusinessClock(moscow("2026-11-05 09:00"), running=False)
    assert Reports(None, clock, Library(LOADED)).today().day == 5  # type: ignore[arg-type]
    assert unpaid_stages(LOADED.playbook) == [("deals", "contract_signed"), ("deals", "payment_no_contact")]


async def test_where_clients_are_lost_and_when_they_pick_up(database: Database, store: Store) -> None:
    lost, back, test = await store.case(), await store.case(source="BDT"), await store.case(counted=False)
    analysis = Analysis(database, BusinessClock(moscow("2026-11-30 12:00"), running=False), Library(LOADED))

    async def moved(case: int, at: str, old: str, new: str, event: str = "Answered") -> None:
        row = {"case_id": case, "at": moscow(at), "by": IVAN, "event": event, "why": ""}
        data = {"stage": new, "from": old, "task": None}
        async with database.write() as connection:
            await connection.execute(insert(t.journal).values(row | {"data": data}))

    for case in (lost, back, test):
        await moved(case, "2026-11-20 10:00", "new", "unqualified")
    await moved(back, "2026-11-20 11:00", "unqualified", "scoring_follow_up")
    await moved(back, "2026-11-21 11:00", "scoring_follow_up", "spam")
    await moved(lost, "2026-10-01 10:00", "new", "scoring_no_answer")  # too long ago
    wrong, again = await store.case(), await store.case()
    await moved(wrong, "2026-11-20 10:00", "new", "scoring_no_answer")
    await moved(wrong, "2026-11-20 10:00", "scoring_no_answer", "new", "Undone")  # so it has never left
    await moved(again, "2026-11-20 10:00", "scoring_follow_up", "unqualified")
    await moved(again, "2026-11-20 12:00", "unqualified", "scoring_no_answer", "Returned")
    await moved(again, "2026-11-20 13:00", "scoring_no_answer", "scoring_follow_up", "Corrected")
    await moved(again, "2026-11-20 14:00", "scoring_follow_up", "no_contact")
    arrival = {"arrived": {"within": 900, "night": False}}
    for case, wait in ((lost, 1000), (back, 60)):
        await store.line(case, moscow("2026-11-20 09:30"), arrival)
        await store.line(case, moscow("2026-11-20 09:40"), {"touched": {"wait": wait}})
    await store.line(back, moscow("2026-11-20 10:00"), {"counts": ["meeting_set"]})
    found = await analysis.funnel()
    assert [(one.stage, one.left, dict(one.ends)) for one in found.lost] == [
        ("Новый лид", 2, {"Некачественный": 1}),
        ("Дожим на скоринг", 2, {"Спам": 1, "Неконтакт": 1}),
    ]
    assert (found.fast, found.slow) == (Share(1, 1), Share(0, 1))

    for number, part, reached in ((1, "morning", True), (9, "evening", False), (None, "morning", False)):
        dial = {"number": number, "part": part, "reached": reached}
        for case in (lost, back, test):
            await store.line(case, moscow("2026-11-25 10:00"), {"dial": dial})
    rates = await analysis.attempts()
    assert rates.total == Share(2, 6)
    assert rates.by["number"] == [
        ("попытка 1", Share(2, 2)),
        ("попытка 7 и дальше", Share(0, 2)),
        ("обещанные звонки", Share(0, 2)),
    ]
    assert rates.by["part"] == [("до 12", Share(2, 4)), ("после 16", Share(0, 2))]
    assert rates.by["source"] == [("БДТ", Share(1, 3)), ("Сайт", Share(1, 3))]
    assert rates.by["manager"] == [("№ 7", Share(2, 6))]
