"""The simulated floor: the same rules as the engine, the same leads under every playbook, figures that make sense."""

from __future__ import annotations

import json
import pathlib
import pickle
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bot
from bot.engine.calendars import calendar_of, zone_of
from bot.engine.decide import decide
from bot.engine.events import Arrived
from bot.engine.floor.clients import Client, Crowd
from bot.engine.floor.ground import Floor
from bot.engine.floor.luck import chance, key_of
from bot.engine.floor.minutes import Spans, minute_of, moment_of
from bot.engine.floor.parameters import Parameters, SimulationRefused, parse
from bot.engine.floor.path import Path
from bot.engine.floor.tally import Tally
from bot.engine.floor.terms import Terms
from bot.engine.floor.work import slow_curve, work
from bot.engine.simulate import Comparison, Part, compare
from bot.engine.staff import Staff
from bot.engine.staff import Terms as StaffTerms
from bot.engine.timers import wanted
from bot.playbooks.load import load
from bot.playbooks.model import Playbook
from tests.builders import answer, lead, playbook_text, small_playbook

QUIET = {
    "busy": 0.0,
    "callback": 0.0,
    "away": 0.0,
    "leave": 0.0,
    "sick": 0.0,
    "bypass": 0.0,
    "crm_outages": 0.0,
    "telegram_lags": 0.0,
    "miss_minutes": 1.0,
    "talk_minutes": 1.0,
}
"""Nothing but clients and cadences, as in the small model of the sources."""
FIRST = Parameters().start
CATALOG = pathlib.Path(bot.__file__).parent / "playbooks" / "catalog"


def changed(change: Callable[[dict[str, Any]], None]) -> Playbook:
    text = playbook_text()
    change(text)
    return load(json.dumps(text, ensure_ascii=False), checked=True).playbook


def spread_over(hours: str | None = None, **cadence: Any) -> Playbook:
    """The small playbook with other client hours and another cadence."""

    def change(text: dict[str, Any]) -> None:
        text["cadences"]["calls"] |= cadence
        text["questionnaires"]["after_miss"]["steps"] = []
        if hours is not None:
            text["client_hours"] = hours

    return changed(change)


@cache
def with_shifts() -> Playbook:
    def change(text: dict[str, Any]) -> None:
        text["shifts"] = {
            "late": {"title": "Вечер", "hours": {"mon-sat": "12:00-21:00"}},
            "turns": {"title": "2/2", "window": "09:00-21:00", "days": 2, "off": 2, "since": "2026-09-07"},
        }

    return changed(change)


@cache
def one_dial() -> Playbook:
    def change(text: dict[str, Any]) -> None:
        text["outcomes"]["missed"] = {"stage": "no_contact"}
        text["outcomes"]["called_later"] = {"stage": "no_contact"}

    return changed(change)


def simulated(playbook: Playbook, seed: int = 1, **parameters: Any) -> Comparison:
    return compare(playbook, None, Parameters(**parameters), seed)


def tally_of(playbook: Playbook, seed: int = 1, **parameters: Any) -> Tally:
    p = Parameters(**parameters)
    return work(Floor(playbook, p, seed, zone_of(playbook)), range(p.staff))


# The engine's own rules


@settings(max_examples=8, deadline=None)
@given(
    arrived=st.integers(0, 29 * 24 * 60),
    delays=st.lists(st.tuples(st.integers(0, 200), st.booleans()), min_size=7, max_size=7),
    source=st.sampled_from([None, "site", "cold"]),
    late=st.booleans(),
)
def test_tasks_come_when_the_engine_decides(
    arrived: int, delays: list[tuple[int, bool]], source: str | None, late: bool
) -> None:
    playbook = with_shifts()
    staff = Staff({8: StaffTerms(shift="late")}, (7, 8))
    owner = 8 if late else 7
    terms = Terms(Path(playbook), None, FIRST, FIRST + timedelta(days=90), staff, owner)
    at = minute_of(datetime(2026, 9, 7, tzinfo=UTC)) + arrived
    case = lead(arrived_at=moment_of(at), entered_at=moment_of(at), source=source, owner=owner)
    case = decide(playbook, case, Arrived(), moment_of(at), role="manager", staff=staff).case
    standing = Path(playbook).first(source)
    misses: tuple[int, ...] = ()
    times = terms.first(standing, at, at)
    for delay, busy in delays:
        task = case.task
        assert task is not None
        assert (task.kind, task.due_at) == (standing.kind, moment_of(times.due))
        assert timedelta(0) <= moment_of(times.push) - task.push_at < timedelta(minutes=1)
        overdue = [timer.at for timer in wanted(playbook, case, staff) if timer.kind == "overdue"]
        assert [minute_of(one) for one in overdue] == [times.overdue]
        at = times.push + delay
        case = decide(playbook, case, answer("reached", "no", owner), moment_of(at), role="manager", staff=staff).case
        turn = terms.after_miss(standing, misses, at, at, busy=busy)
        if turn is None:
            assert case.closed
            assert (case.stage, len(misses) + 1) == ("no_contact", 4 if source == "cold" else 6)
            return
        if busy:
            for told in (answer("written", ["max"], owner), answer("detail", "busy", owner)):
                case = decide(playbook, case, told, moment_of(at), role="manager", staff=staff).case
        standing, misses, times = turn
        assert [minute_of(miss.at) for miss in case.misses] == list(misses)


@pytest.mark.parametrize("file", sorted(CATALOG.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_built_in_playbooks_have_a_way_for_unreached_leads(file: pathlib.Path) -> None:
    path = Path(load(file, checked=True).playbook)
    standing = path.first(None)
    missed = path.missed(standing)
    assert missed.cadence in path.playbook.cadences
    assert path.playbook.tasks[standing.kind].due is not None


def test_a_source_has_its_own_number_of_attempts() -> None:
    tally = tally_of(small_playbook(), leads=150, sources={"cold": 1.0}, contactable=0.0, busy=0.0)
    assert max(tally.dialled) == 4
    assert tally_of(small_playbook(), leads=150, contactable=0.0, busy=0.0).dialled[6] == 150


def test_dials_fall_into_working_hours_and_the_clients_window() -> None:
    tally = tally_of(spread_over("12:00-16:00"), leads=200)
    assert set(tally.hours) <= set(range(12, 17))
    assert tally_of(small_playbook(), leads=200, zones={"Asia/Vladivostok": 1.0}).hours.keys() <= set(range(9, 15))


def test_people_on_shifts_dial_in_their_hours() -> None:
    usual = tally_of(with_shifts(), leads=200)
    evening = tally_of(with_shifts(), leads=200, managers=4, shifts={"late": 0.5})
    assert set(usual.hours) <= set(range(9, 19))
    assert {19, 20} <= set(evening.hours) <= set(range(9, 21))
    assert evening.days == 2 * 22 + 2 * (22 + 4)
    turns = tally_of(with_shifts(), leads=200, managers=4, shifts={"turns": 1.0}, days=8)
    assert turns.days == 4 * 4


def test_a_shift_that_the_playbook_lacks_is_the_companys_hours() -> None:
    assert tally_of(small_playbook(), leads=100, shifts={"late": 0.5}) == tally_of(small_playbook(), leads=100)


def test_new_leads_go_to_those_at_work() -> None:
    p = Parameters(leads=300, managers=4, shifts={"late": 0.5})
    playbook = with_shifts()
    floor = Floor(playbook, p, 1, zone_of(playbook))
    dealt = floor.rota.deal(floor.crowd.arrivals(zone_of(playbook)))
    assert sum(map(len, dealt)) == 300
    early = [arrived for number in (0, 1) for arrived, _ in dealt[number] if floor.hour(arrived) == 10]
    assert floor.rota.shifts == ["late", "late", None, None]
    assert not any(calendar_of(playbook).is_open(moment_of(arrived)) for arrived in early)


# The same leads


def test_the_same_seed_gives_the_same_figures_and_another_seed_others() -> None:
    first, again, other = (simulated(small_playbook(), seed, leads=150) for seed in (1, 1, 2))
    assert first == again
    assert first.current != other.current


def test_parts_do_not_change_the_figures() -> None:
    playbook, p = small_playbook(), Parameters(leads=150, managers=5)

    def backwards(do: Callable[[Part], Tally], parts: Sequence[Part]) -> Iterable[Tally]:
        copies: list[Part] = pickle.loads(pickle.dumps(list(parts)))  # noqa: S301 - our own, as processes do it
        return [do(part) for part in reversed(copies)][::-1]

    whole = compare(playbook, one_dial(), p, 3)
    assert compare(playbook, one_dial(), p, 3, parts=3, spread=backwards) == whole


def test_a_playbook_against_itself_changes_nothing() -> None:
    comparison = compare(small_playbook(), small_playbook(), Parameters(leads=200), 1)
    assert comparison.current == comparison.proposed


@given(seed=st.integers(-(2**70), 2**70), number=st.integers(0, 10**7), draw=st.integers(0, 10**5))
def test_luck_is_a_function_of_its_number(seed: int, number: int, draw: int) -> None:
    one = chance(key_of(seed, number), draw)
    assert 0 <= one < 1
    assert one == chance(key_of(seed, number), draw)


def test_luck_is_even() -> None:
    draws = [chance(key_of(1, lead), 7) for lead in range(4000)]
    assert sum(draws) / len(draws) == pytest.approx(0.5, abs=0.02)
    tenths = [sum(one * 10 // 1 == tenth for one in draws) for tenth in range(10)]
    assert min(tenths) > 320


def test_a_client_has_the_same_luck_however_often_he_was_called_elsewhere() -> None:
    crowd = Crowd(Parameters(), 1)
    one, same = Client(crowd, 5, 0), Client(crowd, 5, 999)
    assert one.odds == same.odds
    for part in range(3):
        assert [one.answers(part, tried, 0.85) for tried in range(6)] == [
            same.answers(part, tried, 0.85) for tried in reversed(range(6))
        ][::-1]


# Figures that make sense


def reached(playbook: Playbook, **parameters: Any) -> float:
    return simulated(playbook, leads=1000, managers=40, **QUIET | parameters).current.contact_rate


def test_the_illustrative_run_of_the_sources_comes_out() -> None:
    spread = reached(spread_over(slots=["09:30", "13:00", "17:30"], gap="60m"))
    assert spread == pytest.approx(0.61, abs=0.035)
    for hours, slots in (("09:00-12:00", ["09:30", "11:15"]), ("12:00-16:00", ["12:30", "15:00"])):
        always = reached(spread_over(hours, slots=slots, per_day=1, within="5d"))
        assert always == pytest.approx(0.49, abs=0.035)
        assert always < spread - 0.07
    assert reached(one_dial()) == pytest.approx(0.24, abs=0.035)


def test_those_who_call_back_save_dials() -> None:
    without, back = (simulated(small_playbook(), leads=500, callback=share).current for share in (0.0, 0.5))
    assert back.called_back > without.called_back == 0
    assert back.contact_rate > without.contact_rate
    assert back.dials < without.dials


def test_more_managers_have_fewer_overdue_tasks() -> None:
    few, some, many = (simulated(small_playbook(), leads=300, managers=number).current for number in (1, 2, 5))
    assert few.overdue_share > some.overdue_share > many.overdue_share
    assert few.load > some.load > many.load
    assert few.unfinished == 0


def test_leads_that_nobody_gets_round_to_are_unfinished_and_late() -> None:
    figures = simulated(small_playbook(), leads=60, days=5, managers=1, miss_minutes=120.0, talk_minutes=240.0).current
    assert figures.unfinished > 0
    assert figures.reached + figures.lost + figures.unfinished == 60
    assert figures.overdue > 30


def test_every_lead_ends_once_and_every_dial_has_its_hour() -> None:
    tally = tally_of(small_playbook(), leads=400, days=14)
    figures = simulated(small_playbook(), leads=400, days=14).current
    assert tally.leads == 400
    assert tally.reached + tally.lost == 400
    assert tally.reached == sum(tally.reached_by.values())
    assert tally.dials == sum(tally.dialled.values()) >= sum(tally.hours.values()) == tally.misses + tally.talks
    assert figures.by_dial[-1] == figures.contact_rate
    assert list(figures.by_dial) == sorted(figures.by_dial)


def test_waiting_costs_qualified_leads() -> None:
    at_once, waiting = (simulated(small_playbook(), leads=400, qualify_loss=loss).current for loss in (0.0, 0.3))
    assert at_once.reached == waiting.reached
    assert at_once.qualified > waiting.qualified
    assert [slow_curve(minutes) for minutes in (0, 1, 10_000)] == [1.0, 1.0, pytest.approx(1 / 4.91)]
    steps = [slow_curve(minutes) for minutes in range(0, 3000, 7)]
    assert steps == sorted(steps, reverse=True)


def test_outages_make_the_first_call_late() -> None:
    calm, broken = (
        simulated(small_playbook(), leads=300, crm_outages=outages, crm_outage_minutes=180.0).current
        for outages in (0.0, 300.0)
    )
    assert broken.median_wait > calm.median_wait


# What cannot be simulated


def test_a_playbook_without_leads_is_refused() -> None:
    def change(text: dict[str, Any]) -> None:
        del text["pipelines"]["leads"]

    with pytest.raises(SimulationRefused, match="нет воронки лидов"):
        simulated(changed(change))


def test_a_new_lead_without_a_task_is_refused() -> None:
    def change(text: dict[str, Any]) -> None:
        text["pipelines"]["leads"]["stages"]["new"]["task"] = None

    with pytest.raises(SimulationRefused, match="не получает задачи"):
        simulated(changed(change))


def test_days_on_which_nobody_works_are_refused() -> None:
    with pytest.raises(SimulationRefused, match="никто не работает"):
        simulated(small_playbook(), start=datetime(2026, 9, 12, tzinfo=UTC).date(), days=2)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ({"mis_minutes": "5"}, "может быть, miss_minutes"),
        ({"xyz": "5"}, "docs/simulation.md"),
        ({"miss_minutes": "many"}, "не то значение"),
        ({"contactable": "1.5"}, "вне пределов"),
        ({"leads": "0"}, "вне пределов"),
        ({"start": "9999-12-31"}, "от 2000-01-01 до 2100-01-01"),
        ({"start": "0001-01-01"}, "вне пределов"),
        ({"sources": "a:0.7,b:0.7"}, "больше 1"),
        ({"zones": "Mars/Base:0.5"}, "неизвестен"),
        ({"always": "0", "evening": "0", "morning": "0", "daytime": "0"}, "клиентов нет"),
        ({"day_arrivals": "0", "evening_arrivals": "0", "night_arrivals": "0"}, "не приходят"),
    ],
)
def test_nonsense_gets_one_sentence(pairs: dict[str, str], words: str) -> None:
    with pytest.raises(SimulationRefused, match=words) as refused:
        parse(pairs)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [({"sources": {"moon": 0.5}}, "cold, site"), ({"shifts": {"night": 0.5}}, "есть: late, turns")],
)
def test_names_that_no_playbook_has_are_refused(parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(SimulationRefused, match=words):
        compare(small_playbook(), with_shifts(), Parameters(**parameters), 1)


def test_texts_become_parameters() -> None:
    pairs = {"start": "2026-11-02", "slow_curve": "yes", "always_odds": "0.6,0.5,0.4", "zones": "Asia/Omsk:0.25"}
    p = parse(pairs, leads=7)
    assert (p.start.isoformat(), p.slow_curve, p.always_odds) == ("2026-11-02", True, (0.6, 0.5, 0.4))
    assert (p.zones, p.leads, p.staff) == ({"Asia/Omsk": 0.25}, 7, 1)
    assert json.loads(json.dumps(p.plain()))["zones"] == {"Asia/Omsk": 0.25}


# Minutes


@given(st.lists(st.integers(1, 50), min_size=2, max_size=20), st.integers(-10, 600))
def test_spans_count_what_is_inside(lengths: list[int], minute: int) -> None:
    edges = [sum(lengths[:number]) for number in range(len(lengths) // 2 * 2)]
    pairs = list(zip(edges[::2], edges[1::2], strict=True))
    spans = Spans(pairs)
    inside = [one for start, end in pairs for one in range(start, end)]
    assert (minute in spans) == (minute in inside)
    assert spans.passed(minute) == sum(one < minute for one in inside)
    assert spans.first_from(minute) == next((one for one in inside if one >= minute), None)
    at = spans.at_passed(1)
    assert at == inside[0] + 1


def test_a_shift_is_inside_working_hours_and_as_long_as_it_should_be() -> None:
    p = Parameters(leads=100, away=0.2)
    floor = Floor(small_playbook(), p, 1, zone_of(small_playbook()))
    shift, calendar = floor.shift(0), calendar_of(small_playbook())
    share = shift.passed(floor.end) / floor.rota.team.passed(floor.end)
    assert share == pytest.approx(0.8, abs=0.02)
    chosen = random.Random(1)
    for _ in range(200):
        minute = chosen.randrange(floor.begin, floor.end)
        assert minute not in shift or calendar.is_open(moment_of(minute))


def test_figures_are_read_as_they_were_written() -> None:
    comparison = compare(one_dial(), with_shifts(), Parameters(leads=60, managers=2), 3)
    assert Comparison.read(json.loads(json.dumps(comparison.plain()))) == comparison
