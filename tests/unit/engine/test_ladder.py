"""When who hears of a task that waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.engine.case import Case, Run, Task
from bot.engine.effects import Comment
from bot.engine.events import Asked, Silenced
from bot.engine.ladder import may_be_offered, steps_of
from bot.playbooks.model import Ladder, Playbook, read_duration
from tests.builders import MANAGER, Desk, effects_of, lead, moscow, small_playbook


def laddered() -> Playbook:
    """The small playbook whose new leads climb all steps."""
    steps = {"remind": "5m", "offer": "7m", "notice": "0m", "board": "5m", "supervisor": "15m", "director": "1h"}
    ladder = Ladder.model_validate({step: read_duration(length) for step, length in steps.items()})
    playbook = small_playbook()
    process = playbook.tasks["process"].model_copy(update={"ladder": "all"})
    tasks = {**playbook.tasks, "process": process}
    return playbook.model_copy(update={"ladders": {**playbook.ladders, "all": ladder}, "tasks": tasks})


def arrived(moment: str) -> tuple[Case, Task]:
    at = moscow(moment)
    desk = Desk(lead(arrived_at=at, entered_at=at))
    desk.arrives(moment)
    assert desk.case.task is not None
    return desk.case, desk.case.task


def steps(case: Case, task: Task) -> dict[str, datetime]:
    return dict(steps_of(laddered(), case, task))


def test_all_steps_count_from_the_due_time() -> None:
    assert steps(*arrived("2026-11-02 10:00")) == {
        "remind": moscow("2026-11-02 10:10"),
        "offer": moscow("2026-11-02 10:08"),
        "overdue": moscow("2026-11-02 10:15"),
        "board": moscow("2026-11-02 10:20"),
        "supervisor": moscow("2026-11-02 10:30"),
        "director": moscow("2026-11-02 11:15"),
    }


def test_the_evening_and_the_holiday_stand_still() -> None:
    assert steps(*arrived("2026-11-03 17:40")) == {
        "remind": moscow("2026-11-03 17:50"),
        "offer": moscow("2026-11-03 17:48"),
        "overdue": moscow("2026-11-03 17:55"),
        "board": moscow("2026-11-03 18:00"),
        "supervisor": moscow("2026-11-05 09:10"),
        "director": moscow("2026-11-05 09:55"),
    }


def test_nobody_is_reminded_outside_his_hours() -> None:
    assert "remind" not in steps(*arrived("2026-11-02 18:47"))  # due 09:02


def test_only_a_new_client_whom_nobody_has_touched_is_offered() -> None:
    assert "offer" not in steps(*arrived("2026-11-02 18:47"))  # seven minutes before 09:02 nobody works
    case, task = arrived("2026-11-02 10:00")
    for other in (
        replace(task, promised=True),
        replace(task, adopted=True),
        replace(task, touched_at=moscow("2026-11-02 10:01")),
        replace(task, closed_at=moscow("2026-11-02 10:01")),
        replace(task, set_at=moscow("2026-11-02 10:08")),
    ):
        assert "offer" not in steps(case, other)
    assert "offer" not in steps(replace(case, first_touch_at=moscow("2026-11-02 10:01")), task)
    asks = replace(case, run=Run("talk", task.id, MANAGER, moscow("2026-11-02 10:01")))
    assert (may_be_offered(laddered(), case, task), may_be_offered(laddered(), asks, task)) == (True, False)


def test_a_call_silences_everybody_until_the_stages_limit() -> None:
    case, task = arrived("2026-11-02 10:00")
    case = replace(case, entered_at=moscow("2026-11-02 10:10"))
    touched = replace(task, touched_at=moscow("2026-11-02 10:12"))
    limit = moscow("2026-11-02 10:40")
    assert steps(case, touched) == {"overdue": limit, "board": limit, "supervisor": limit}


def test_what_was_closed_in_the_crm_is_the_boards_alone() -> None:
    case, task = arrived("2026-11-02 10:00")
    closed = replace(task, closed_at=moscow("2026-11-02 10:04"), push_at=moscow("2026-11-02 10:05"))
    assert steps(case, closed) == {"overdue": moscow("2026-11-02 10:05"), "board": moscow("2026-11-02 10:35")}


def test_silence_puts_the_supervisors_off_and_nobody_else() -> None:
    desk = Desk()
    desk.case, task = arrived("2026-11-02 10:00")
    before, until = steps(desk.case, task), moscow("2026-11-02 11:05")
    decision = desk.does("2026-11-02 10:35", Silenced(task.id, 9, until))
    assert desk.case.task is not None
    assert steps(desk.case, desk.case.task) == before | {"supervisor": until}
    assert effects_of(decision, Comment) == [Comment(decision.why, by=9)]


def test_a_question_about_a_task_that_is_done_changes_nothing() -> None:
    desk = Desk()
    desk.case, task = arrived("2026-11-02 10:00")
    decision = desk.does("2026-11-02 10:35", Asked(f"{task.id}9", MANAGER))
    assert decision.case == desk.case
    assert decision.effects == ()
