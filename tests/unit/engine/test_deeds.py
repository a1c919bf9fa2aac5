"""What counts of a decision: a promise whose call was begun too late is late, however long the call may take."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.engine.deeds import KEPT, LATE, deed_of
from bot.engine.events import Answered, Arrived, CallStarted
from bot.engine.staff import COMPANY
from bot.playbooks.load import load
from tests.builders import MANAGER, Desk, lead, moscow, playbook_text, promised


@pytest.mark.parametrize(("called", "kept"), [("2026-11-03 12:01", True), ("2026-11-03 13:30", False)])
def test_a_call_begun_too_late_keeps_no_promise(called: str, kept: bool) -> None:
    text = playbook_text()
    text["tasks"]["call_back"]["calling"] = True  # a call puts off being overdue…
    text["pipelines"]["leads"]["stages"]["agreed"]["limit"] = "14d"  # …until the stage's own limit
    desk = Desk(lead(), load(json.dumps(text, ensure_ascii=False)).playbook)
    desk.does("2026-11-02 10:00", Arrived())
    desk.says("2026-11-02 10:05", ("reached", "later"), ("when", promised("2026-11-03 12:00")))
    desk.does(called, CallStarted(MANAGER))
    before = desk.case
    assert before.task is not None
    decision = desk.says(called, ("reached", "no"))
    ended = {before.task.id: "done"}
    deed = deed_of(
        desk.playbook,
        before,
        Answered(MANAGER, "reached", "no", "Не дозвонился"),
        decision,
        moscow(called),
        COMPANY,
        ended,
    )
    assert deed is not None
    assert (deed["ended"]["promise"], deed["ended"]["late"]) == (KEPT if kept else LATE, not kept)
    # Among the promised calls are those that nobody has picked up; otherwise all of them would be reached.
    assert deed["dial"] == {"number": None, "reached": False, "part": "daytime"}


@pytest.mark.parametrize(("zone", "part"), [("Europe/Moscow", "morning"), ("Asia/Vladivostok", "evening")])
def test_the_part_of_the_day_is_the_clients(zone: str, part: str) -> None:
    desk = Desk(replace(lead(), client=replace(lead().client, zone=zone)))
    desk.does("2026-11-02 10:00", Arrived())
    before = desk.case
    decision = desk.says("2026-11-02 10:05", ("reached", "no"))
    event = Answered(MANAGER, "reached", "no", "Не дозвонился")
    deed = deed_of(desk.playbook, before, event, decision, moscow("2026-11-02 10:05"), COMPANY, {})
    assert deed is not None
    assert deed["dial"] == {"number": 1, "reached": False, "part": part}
