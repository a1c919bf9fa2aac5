"""What the simulated floor is like: every figure that the playbook does not say, each an argument.

The source of a start value says how solid it is: A law or peer-reviewed, B large vendor data, C small or unclear base,
S the companies' own rule, – assumed. `docs/simulation.md` lists them all; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.errors import DozvonError
from bot.locales.ru import simulation as ru

Odds = tuple[float, float, float]
"""Chance that a dial is answered in the morning, by day, in the evening."""
Shares = Mapping[str, float]
"""Name → share; what the shares leave of 1 has no name."""

LEADS_PER_MANAGER = 10
"""Leads a calendar day for one manager when nobody says how many managers there are: about 60 % of his time."""
_MOST_LEADS = 1_000_000
_DEFAULT_START = date(2026, 9, 7)
_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 1, 1)


class SimulationRefused(DozvonError):
    """It cannot be simulated; the text says in one sentence why, and what would do."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What people are told of a parameter: unit, where the start value comes from, and the values that make sense."""

    unit: str
    source: str
    low: float = 0
    high: float = 1


@dataclass(frozen=True, slots=True)
class Parameters:
    """The floor, its clients and its days."""

    leads: Annotated[int, Figure("leads", "yours", 1, _MOST_LEADS)] = 1000
    days: Annotated[int, Figure("calendar days on which they come", "yours", 1, 366)] = 30
    managers: Annotated[int, Figure("managers; 0: one for every 10 leads a day", "yours", 0, 100000)] = 0
    shifts: Annotated[
        Shares, Figure("share of managers per shift of the playbook; the rest keeps the company's hours", "yours")
    ] = field(default_factory=dict)
    start: Annotated[date, Figure("first day", "a month without public holidays")] = _DEFAULT_START

    contactable: Annotated[float, Figure("share of leads that can be reached at all", "–, 0.65–0.70")] = 0.68
    first_answer: Annotated[
        float,
        Figure(
            "mean chance of an answer to a first dial",
            "C, 0.23–0.25 with a labelled number; 0.15 when marked as spam, 0.30–0.40 by a known client (both assumed)",
        ),
    ] = 0.24
    repeat_factor: Annotated[
        float,
        Figure(
            "chance of each further dial in the same part of the day",
            "–, the shape is A: the same slot again gives less",
        ),
    ] = 0.85
    always: Annotated[
        float, Figure("weight of clients who answer at any time", "–, the shape is B: contact by attempt")
    ] = 0.16
    evening: Annotated[float, Figure("weight of those who answer in the evening", "as the first of them")] = 0.19
    morning: Annotated[float, Figure("weight of those who answer in the morning", "as the first of them")] = 0.16
    daytime: Annotated[float, Figure("weight of those who answer by day", "as the first of them")] = 0.17
    always_odds: Annotated[
        Odds,
        Figure(
            "chance in the morning, by day, in the evening", "–, the shape is A: people differ by slot, hours hardly do"
        ),
    ] = (
        0.62,
        0.55,
        0.6,
    )
    evening_odds: Annotated[Odds, Figure("as always_odds", "as the first of them")] = (0.14, 0.18, 0.56)
    morning_odds: Annotated[Odds, Figure("as always_odds", "as the first of them")] = (0.52, 0.2, 0.12)
    daytime_odds: Annotated[Odds, Figure("as always_odds", "as the first of them")] = (0.16, 0.46, 0.2)
    callback: Annotated[
        float, Figure("share of the reachable who call back after the first miss", "C, one project")
    ] = 0.14
    callback_soon: Annotated[float, Figure("share of those calls within an hour", "–")] = 0.5
    callback_outside: Annotated[float, Figure("share of those calls outside working hours", "–")] = 0.2
    busy: Annotated[float, Figure("share of misses with a busy line or a rejected call", "–")] = 0.15
    zones: Annotated[Shares, Figure("share of clients per time zone; the rest lives in the company's", "yours")] = (
        field(default_factory=dict)
    )
    sources: Annotated[Shares, Figure("share of leads per source of the playbook; the rest has none", "yours")] = field(
        default_factory=dict
    )

    qualify: Annotated[float, Figure("share of the reached that qualify when called at once", "–")] = 0.5
    qualify_loss: Annotated[float, Figure("part of it lost with every 30 minutes until the first dial", "S")] = 0.1
    qualify_floor: Annotated[float, Figure("part of it that no waiting takes away", "S")] = 0.2
    slow_curve: Annotated[
        bool, Figure("the steeper published curve instead of that loss", "B, the pessimistic case")
    ] = False

    miss_minutes: Annotated[float, Figure("minutes for a miss, message included", "–", 0.5, 120)] = 4
    talk_minutes: Annotated[float, Figure("minutes for a talk, questionnaire included", "–", 0.5, 240)] = 9
    leave: Annotated[
        float, Figure("share of days on leave; colleagues take the work over", "C, norms of call centres", 0, 0.45)
    ] = 0.1
    sick: Annotated[float, Figure("share of days ill; likewise", "C, as above", 0, 0.45)] = 0.1
    away: Annotated[float, Figure("share of the day away from the phone", "C, as above", 0, 0.8)] = 0.14
    away_minutes: Annotated[float, Figure("minutes of one such absence", "–", 1, 240)] = 20
    bypass: Annotated[
        float, Figure("share of tasks closed in the CRM without a questionnaire", "–, 0.05–0.10; measure yours")
    ] = 0.07
    bypass_minutes: Annotated[
        float,
        Figure(
            "minutes until the result is told all the same", "our own rule: noticed in 2, asked again in 15", 0, 1440
        ),
    ] = 17

    day_arrivals: Annotated[float, Figure("weight of leads that come from 10 to 19 o'clock", "–")] = 0.6
    evening_arrivals: Annotated[float, Figure("weight of leads that come from 19 to 24 o'clock", "–")] = 0.25
    night_arrivals: Annotated[float, Figure("weight of leads that come from 0 to 10 o'clock", "–")] = 0.15
    monday: Annotated[float, Figure("leads of a Monday against another day", "–", 0, 10)] = 1.2
    crm_outages: Annotated[
        float, Figure("CRM outages a quarter; leads show up when one ends", "–, 1–2 h a quarter", 0, 500)
    ] = 1
    crm_outage_minutes: Annotated[float, Figure("minutes of one", "–, tail 180", 0, 1440)] = 90
    telegram_lags: Annotated[
        float, Figure("slow spells of the messenger a quarter; cards wait till the end", "–", 0, 500)
    ] = 6
    telegram_lag_minutes: Annotated[float, Figure("minutes of one", "–, 10–20", 0, 1440)] = 15

    def __post_init__(self) -> None:
        for name, one in known_parameters().items():
            _check(name, one, getattr(self, name))
        if not self.always + self.evening + self.morning + self.daytime > 0:
            raise SimulationRefused(ru.NO_CLIENTS)
        if not self.day_arrivals + self.evening_arrivals + self.night_arrivals > 0:
            raise SimulationRefused(ru.NO_ARRIVALS)
        for zone in self.zones:
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise SimulationRefused(ru.UNKNOWN_ZONE.format(zone=zone)) from None

    @property
    def staff(self) -> int:
        """How many managers work; never more than there are leads."""
        wanted = self.managers or -(-self.leads // (self.days * LEADS_PER_MANAGER))
        return max(1, min(wanted, self.leads))

    def plain(self) -> dict[str, Any]:
        """Every parameter by name, as JSON knows it."""
        values = {name: getattr(self, name) for name in known_parameters()}
        return {
            name: value.isoformat() if isinstance(value, date) else dict(value) if isinstance(value, Mapping) else value
            for name, value in values.items()
        }


@cache
def known_parameters() -> Mapping[str, Figure]:
    """What there is to set, in the order of the documentation."""
    hints = get_type_hints(Parameters, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


def parse(pairs: Mapping[str, str], **given: Any) -> Parameters:
    """Parameters from texts, as a command line has them.

    Args:
        pairs: name → text: `0.3`, `yes`, `2026-09-07`, odds `0.6,0.5,0.4`, shares `Asia/Omsk:0.2,Asia/Tomsk:0.1`.
        given: parameters that are values already.

    Raises:
        SimulationRefused: an unknown name, a text that is no such value, or a value out of its range.
    """
    known = get_type_hints(Parameters)
    values = dict(given)
    for name, text in pairs.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = ru.DID_YOU_MEAN.format(name=near[0]) if near else ru.SEE_LIST
            raise SimulationRefused(ru.UNKNOWN_PARAMETER.format(name=name, hint=hint))
        try:
            values[name] = _READ[known[name]](text)
        except ValueError:
            raise SimulationRefused(ru.BAD_VALUE.format(name=name, text=text)) from None
    return Parameters(**values)


def _shares(text: str) -> dict[str, float]:
    pairs = (part.rpartition(":") for part in text.split(",") if part)
    return {name.strip(): float(share) for name, _, share in pairs}


def _odds(text: str) -> Odds:
    morning, day, evening = (float(part) for part in text.split(","))
    return morning, day, evening


def _truth(text: str) -> bool:
    words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


_READ: Mapping[Any, Any] = {
    int: int,
    float: float,
    bool: _truth,
    date: date.fromisoformat,
    Odds: _odds,
    Shares: _shares,
}


def _check(name: str, one: Figure, value: Any) -> None:
    if isinstance(value, bool):
        return
    if isinstance(value, date):
        if not _EARLIEST <= value <= _LATEST:
            raise SimulationRefused(ru.OUT_OF_RANGE.format(name=name, low=_EARLIEST, high=_LATEST, value=value))
        return
    figures = tuple(value.values()) if isinstance(value, Mapping) else value if isinstance(value, tuple) else (value,)
    if not all(one.low <= figure <= one.high for figure in figures):
        raise SimulationRefused(ru.OUT_OF_RANGE.format(name=name, low=one.low, high=one.high, value=value))
    if isinstance(value, Mapping) and sum(figures) > 1 + 1e-9:
        raise SimulationRefused(ru.TOO_MANY_SHARES.format(name=name))
