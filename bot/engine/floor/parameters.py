"""What the simulated floor is like: every figure that the playbook does not say, each an argument.

A field's metadata is what people are told of it: unit, where the start value comes from, how solid that is
(A law or peer-reviewed, B large vendor data, C small or unclear base, S the companies' own rule, – assumed), and the
values that make sense. `docs/simulation.md` lists them; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import date
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.errors import DozvonError
from bot.locales.ru import simulation as ru

Odds = tuple[float, float, float]
"""Chance that a dial is answered in the morning, by day, in the evening."""
Shares = Mapping[str, float]
"""Name → share; what the shares leave of 1 has no name."""

LEADS_PER_MANAGER = 10
"""Leads a calendar day for one manager when nobody says how many managers there are: about 60 % of his time."""
_MOST_LEADS = 5_000_000
_DEFAULT_START = date(2026, 9, 7)


class SimulationRefused(DozvonError):
    """It cannot be simulated; the text says in one sentence why, and what would do."""


def _figure(default: Any, unit: str, source: str, low: float = 0, high: float = 1) -> Any:
    return field(default=default, metadata={"unit": unit, "source": source, "low": low, "high": high})


def _many(unit: str, source: str) -> Any:
    return field(default_factory=dict, metadata={"unit": unit, "source": source, "low": 0, "high": 1})


@dataclass(frozen=True, slots=True)
class Parameters:
    """The floor, its clients and its days."""

    leads: int = _figure(1000, "leads", "yours", 1, _MOST_LEADS)
    days: int = _figure(30, "calendar days on which they come", "yours", 1, 366)
    managers: int = _figure(0, "managers; 0: one for every 10 leads a day", "yours", 0, 100_000)
    start: date = _figure(_DEFAULT_START, "first day", "a month without public holidays")

    contactable: float = _figure(0.68, "share of leads that can be reached at all", "B: 0.65–0.70")
    first_answer: float = _figure(
        0.24, "mean chance of an answer to a first dial", "B/C: 0.23–0.25 labelled, 0.15 marked as spam, 0.30–0.40 known"
    )
    repeat_factor: float = _figure(0.85, "chance of each further dial in the same part of the day", "A: diminishing")
    always: float = _figure(0.16, "weight of clients who answer at any time", "B: fitted to attempts 1…5")
    evening: float = _figure(0.19, "weight of those who answer in the evening", "B: as above")
    morning: float = _figure(0.16, "weight of those who answer in the morning", "B: as above")
    daytime: float = _figure(0.17, "weight of those who answer by day", "B: as above")
    always_odds: Odds = _figure((0.62, 0.55, 0.60), "chance in the morning, by day, in the evening", "B: as above")
    evening_odds: Odds = _figure((0.14, 0.18, 0.56), "as always_odds", "B: as above")
    morning_odds: Odds = _figure((0.52, 0.20, 0.12), "as always_odds", "B: as above")
    daytime_odds: Odds = _figure((0.16, 0.46, 0.20), "as always_odds", "B: as above")
    callback: float = _figure(0.14, "share of the reachable who call back after the first miss", "C")
    callback_soon: float = _figure(0.5, "share of those calls within an hour", "–")
    callback_outside: float = _figure(0.2, "share of those calls outside working hours", "–")
    busy: float = _figure(0.15, "share of misses with a busy line or a rejected call", "–")
    zones: Shares = _many("share of clients per time zone; the rest lives in the company's", "yours")
    sources: Shares = _many("share of leads per source of the playbook; the rest has none", "yours")

    qualify: float = _figure(0.5, "share of the reached that qualify when called at once", "–")
    qualify_loss: float = _figure(0.10, "part of it lost with every 30 minutes until the first dial", "S")
    qualify_floor: float = _figure(0.2, "part of it that no waiting takes away", "S")
    slow_curve: bool = _figure(False, "the steeper published curve instead of that loss", "B: the pessimistic case")

    miss_minutes: float = _figure(4, "minutes for a miss, message included", "–", 0.5, 120)
    talk_minutes: float = _figure(9, "minutes for a talk, questionnaire included", "–", 0.5, 240)
    leave: float = _figure(0.10, "share of days on leave; colleagues take the work over", "C", 0, 0.45)
    sick: float = _figure(0.10, "share of days ill; likewise", "C", 0, 0.45)
    away: float = _figure(0.14, "share of the day away from the phone", "C", 0, 0.8)
    away_minutes: float = _figure(20, "minutes of one such absence", "–", 1, 240)
    bypass: float = _figure(0.07, "share of tasks closed in the CRM without a questionnaire", "–: 0.05–0.10")
    bypass_minutes: float = _figure(17, "minutes until the result is told all the same", "S", 0, 1440)

    day_arrivals: float = _figure(0.60, "weight of leads that come from 10 to 19 o'clock", "–")
    evening_arrivals: float = _figure(0.25, "weight of leads that come from 19 to 24 o'clock", "–")
    night_arrivals: float = _figure(0.15, "weight of leads that come from 0 to 10 o'clock", "–")
    monday: float = _figure(1.2, "leads of a Monday against another day", "–", 0, 10)
    crm_outages: float = _figure(1, "CRM outages a quarter; leads show up when one ends", "–: 1–2 h a quarter", 0, 500)
    crm_outage_minutes: float = _figure(90, "minutes of one", "–: tail 180", 0, 1440)
    telegram_lags: float = _figure(6, "slow spells of the messenger a quarter; cards wait till the end", "–", 0, 500)
    telegram_lag_minutes: float = _figure(15, "minutes of one", "C: 10–20", 0, 1440)

    def __post_init__(self) -> None:
        for one in fields(self):
            _check(one, getattr(self, one.name))
        if not 0 < self.always + self.evening + self.morning + self.daytime:
            raise SimulationRefused(ru.NO_CLIENTS)
        if not 0 < self.day_arrivals + self.evening_arrivals + self.night_arrivals:
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
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: value.isoformat() if isinstance(value, date) else dict(value) if isinstance(value, Mapping) else value
            for name, value in values.items()
        }


def parse(pairs: Mapping[str, str], **given: Any) -> Parameters:
    """Parameters from texts, as a command line has them.

    Args:
        pairs: name → text: `0.3`, `yes`, `2026-09-07`, three numbers `0.6,0.5,0.4`, shares `Asia/Omsk:0.2,Asia/Tomsk:0.1`.
        given: parameters that are values already.

    Raises:
        SimulationRefused: an unknown name, a text that is no such value, or a value out of its range.
    """
    known = {one.name: one for one in fields(Parameters)}
    values = dict(given)
    for name, text in pairs.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = ru.DID_YOU_MEAN.format(name=near[0]) if near else ru.SEE_LIST
            raise SimulationRefused(ru.UNKNOWN_PARAMETER.format(name=name, hint=hint))
        try:
            values[name] = _READ[str(known[name].type)](text)
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


_READ: Mapping[str, Any] = {
    "int": int,
    "float": float,
    "bool": _truth,
    "date": date.fromisoformat,
    "Odds": _odds,
    "Shares": _shares,
}


def _check(one: Field[Any], value: Any) -> None:
    if isinstance(value, (bool, date)):
        return
    low, high = one.metadata["low"], one.metadata["high"]
    figures = tuple(value.values()) if isinstance(value, Mapping) else value if isinstance(value, tuple) else (value,)
    if not all(low <= figure <= high for figure in figures):
        raise SimulationRefused(ru.OUT_OF_RANGE.format(name=one.name, low=low, high=high, value=value))
    if isinstance(value, Mapping) and sum(figures) > 1 + 1e-9:
        raise SimulationRefused(ru.TOO_MANY_SHARES.format(name=one.name))
