"""An attempt that changes hands or hours keeps the caps: so many a day, so many of one number a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.engine.case import Miss
from bot.engine.decide import decide
from bot.engine.events import CameBack, Covered, Event, HoursChanged
from bot.engine.misses import cadence_spec
from bot.engine.staff import Terms
from tests.builders import MANAGER, MOSCOW, OTHER, Desk, moscow, task_of
from tests.unit.engine.test_staff import PLAYBOOK, desk_of, staff

NOW = moscow("2026-11-03 09:00")
SHIFTS = st.sampled_from(["two", "two_by_calendar", "evening", None])
MINUTES = st.integers(0, 12 * 60).map(lambda minutes: timedelta(minutes=minutes))
DAYS = st.integers(0, 3).map(lambda days: timedelta(days=days))
MOMENTS = st.lists(st.builds(lambda day, minute: NOW + day + minute, DAYS, MINUTES), max_size=8)
DUES = st.builds(lambda day, minute: NOW + day + minute, DAYS, MINUTES)
CAPPED = PLAYBOOK.model_copy(update={"calls_per_number": 2})


def planned(due: datetime) -> Desk:
    """A client whose third attempt stands at `due`, after two misses the day before."""
    desk = desk_of(staff(), "2026-11-02 16:50")
    desk.says("2026-11-02 16:58", ("reached", "no"))
    desk.says("2026-11-02 17:41", ("reached", "no"))
    task = replace(task_of(desk), due_at=due, push_at=due, holder=OTHER, cover=True)
    desk.case = replace(desk.case, task=task)
    return desk


@given(
    shift=SHIFTS, due=st.builds(lambda day, minute: NOW + day + minute, DAYS, MINUTES), own=MOMENTS, elsewhere=MOMENTS
)
@example(shift="evening", due=moscow("2026-11-03 10:00"), own=[], elsewhere=[NOW, NOW + timedelta(hours=1)])
@settings(max_examples=120, deadline=None)
def test_where_it_is_moved_the_day_takes_one_more(
    shift: str | None, due: datetime, own: list[datetime], elsewhere: list[datetime]
) -> None:
    desk = planned(due)
    misses = (*desk.case.misses, *(Miss(at, f"x-{at:%H%M}", 9) for at in sorted(own)))
    case = replace(desk.case, misses=misses)
    people = staff(manager=Terms(shift), other=Terms(shift))
    spec = cadence_spec(CAPPED, case.cadence or "", case.source)
    events: tuple[Event, ...] = (
        HoursChanged(),
        CameBack(task_of(desk).id, "вернулся"),
        Covered(task_of(desk).id, OTHER + 1, "болеет"),
    )
    for event in events:
        after = decide(CAPPED, case, event, NOW, staff=people, elsewhere=tuple(elsewhere)).case.task
        assert after is not None
        if after.due_at == due:
            continue
        day = after.due_at.astimezone(MOSCOW).date()
        mine = sum(miss.at.astimezone(MOSCOW).date() == day for miss in misses)
        theirs = sum(at.astimezone(MOSCOW).date() == day for at in elsewhere)
        assert mine < spec.per_day
        assert mine + theirs < (spec.per_number or 99)
        assert after.due_at > due


def test_a_number_that_has_had_its_calls_today_waits_for_tomorrow() -> None:
    """Planned for ten; from now on he works from noon, and two colleagues have called the number this morning."""
    people = staff(other=Terms("evening"), manager=Terms("evening"))
    desk = planned(moscow("2026-11-03 10:00"))
    for calls, at in ((1, "03 12:00"), (2, "05 12:00")):  # the fourth is a holiday
        elsewhere = tuple(NOW + timedelta(minutes=minute) for minute in range(calls))
        task = decide(CAPPED, desk.case, HoursChanged(), NOW, staff=people, elsewhere=elsewhere).case.task
        assert task is not None
        assert f"{task.due_at.astimezone(MOSCOW):%d %H:%M}" == at
        assert task.holder == OTHER != MANAGER
