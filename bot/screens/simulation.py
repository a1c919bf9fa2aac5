"""The simulation in words: a dozen short lines for a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bot.engine.floor.figures import Figures
from bot.engine.simulate import Comparison
from bot.engine.words import counted, say_duration
from bot.locales.ru import simulation as ru

_STEPS = 6
"""Dials that are told of: as many as people make."""


def report(comparison: Comparison) -> str:
    """Plain text, no markup: what the current playbook leads to, and what the proposed one would change."""
    current, proposed = comparison.current, comparison.proposed
    rows = [
        _head(comparison),
        *_titles(current, proposed),
        "",
        _row(ru.CONTACT, current, proposed, lambda one: one.contact_rate, _percent, _points),
        _row(ru.LOST, current, proposed, lambda one: one.lost_share, _percent, _points),
        _row(ru.QUALIFIED, current, proposed, lambda one: one.qualified_share, _percent, _points),
        _row(ru.PER_DAY, current, proposed, lambda one: one.dials_per_manager_day, _number, _relative),
        _row(ru.PER_LEAD, current, proposed, lambda one: one.dials_per_lead, _number, _relative),
        _row(ru.LOAD, current, proposed, lambda one: one.load, _percent, _points),
        _row(ru.IN_TIME, current, proposed, lambda one: one.first_in_time, _percent, _points),
        _row(ru.OVERDUE, current, proposed, lambda one: one.overdue_share, _percent, _points),
        _row(ru.OVERDUE_DAYS, current, proposed, lambda one: one.overdue_days, _percent, _points),
        *_both(current, proposed, ru.WAIT, _wait),
        *_both(current, proposed, ru.PEAK, _peak),
        *_both(current, proposed, ru.BY_DIAL, _by_dial),
        *_unfinished(current, proposed),
        "",
        ru.MODEL,
    ]
    return "\n".join(rows)


def scale(comparison: Comparison) -> dict[str, str]:
    """How big the run was, in counted words: `leads`, `days`, `managers`."""
    p = comparison.parameters
    return {
        "leads": _counted(p.leads, ru.LEADS),
        "days": _counted(p.days, ru.DAYS),
        "managers": _counted(p.staff, ru.MANAGERS),
    }


def _head(comparison: Comparison) -> str:
    return ru.HEAD.format(seed=comparison.seed, **scale(comparison))


def _titles(current: Figures, proposed: Figures | None) -> list[str]:
    if proposed is None:
        return [ru.ONE.format(title=current.title)]
    title = proposed.title if proposed.title != current.title else ru.SAME_TITLE.format(title=proposed.title)
    return [ru.TWO.format(current=current.title, proposed=title)]


def _row(
    what: str,
    current: Figures,
    proposed: Figures | None,
    read: Callable[[Figures], float],
    say: Callable[[float], str],
    say_difference: Callable[[float, float], str],
) -> str:
    old = say(read(current))
    if proposed is None:
        return ru.LINE.format(what=what, figure=old)
    new = say(read(proposed))
    if old == new:
        return ru.LINE.format(what=what, figure=ru.NO_CHANGE.format(old=old))
    difference = say_difference(read(current), read(proposed))
    return ru.LINE.format(what=what, figure=ru.CHANGE.format(old=old, new=new, difference=difference))


def _both(current: Figures, proposed: Figures | None, what: str, say: Callable[[Figures], str]) -> list[str]:
    """What is too long for one line with two figures; the proposed playbook's line only where it differs."""
    now, then = say(current), say(proposed or current)
    rows = [ru.LINE.format(what=what, figure=now)]
    return rows if now == then else [*rows, ru.THEN.format(text=then)]


def _wait(one: Figures) -> str:
    half, most = (_minutes(minutes) for minutes in (one.median_wait, one.long_wait))
    return ru.WAIT_FIGURES.format(half=half, most=most)


def _peak(one: Figures) -> str:
    dials = _number(one.by_hour.get(one.peak_hour, 0.0))
    return ru.PEAK_FIGURES.format(hour=one.peak_hour, next=one.peak_hour + 1, dials=dials)


def _by_dial(one: Figures) -> str:
    shares = enumerate(one.by_dial[:_STEPS], start=1)
    return ", ".join(ru.STEP.format(number=number, share=f"{100 * share:.0f} %") for number, share in shares)


def _unfinished(current: Figures, proposed: Figures | None) -> list[str]:
    both = [(ru.UNFINISHED, current), (ru.UNFINISHED_THEN, proposed)]
    return [
        words.format(leads=_counted(one.unfinished, ru.LEADS))
        for words, one in both
        if one is not None and one.unfinished
    ]


def _counted(count: int, forms: tuple[str, str, str]) -> str:
    words = counted(count, *forms)
    return words.replace(str(count), f"{count:,}".replace(",", "\u00a0"), 1)


def _minutes(minutes: int) -> str:
    return say_duration(timedelta(minutes=max(1, minutes)))


def _number(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")


def _percent(share: float) -> str:
    return f"{_number(100 * share)} %"


def _points(old: float, new: float) -> str:
    # Of the figures as they are shown, so that they add up for the reader.
    change = round(100 * new, 1) - round(100 * old, 1)
    return ru.POINTS.format(sign=_sign(change), figure=_number(abs(change)))


def _relative(old: float, new: float) -> str:
    change = (new - old) / old if old else 0.0
    return f"{_sign(change)}{abs(100 * change):.0f} %"


def _sign(value: float) -> str:
    return "+" if value >= 0 else "−"
