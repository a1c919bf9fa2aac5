"""Analysis as text: numbers before words, no conclusion where there is too little to conclude from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.engine.figures import FEWEST, Share, commonest
from bot.locales.ru import floor as ru
from bot.screens.screen import Screen, esc, lines

_MOST_REASONS = 5
_MOST_ROWS = 30
_LONGEST_NAME = 24
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class LostAt:
    """A stage from which clients were lost: how many left it at all, and how the lost ones ended."""

    stage: str
    left: int
    ends: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FunnelView:
    """Where clients are lost, and how many came to a meeting after a first call in time and a later one."""

    days: int
    lost: Sequence[LostAt]
    fast: Share
    slow: Share


@dataclass(frozen=True, slots=True)
class AttemptsView:
    """When clients pick up; `by` number, part, source, manager."""

    days: int
    total: Share
    by: Mapping[str, Sequence[tuple[str, Share]]]


def funnel(view: FunnelView) -> Screen:
    """Stages in the order of the process, the commonest ends of each."""
    text = [f"<b>{esc(ru.FUNNEL.format(days=view.days))}</b>"]
    for lost in view.lost:
        gone = sum(lost.ends.values())
        text.append(esc(ru.FUNNEL_STAGE.format(stage=lost.stage, lost=gone, left=lost.left)))
        ends = commonest(lost.ends, _MOST_REASONS, ru.OTHERS)
        text += [esc(ru.FUNNEL_REASON.format(end=end[:_LONGEST], count=count)) for end, count in ends]
    if not view.lost:
        text.append(ru.NOTHING)
    if view.fast.whole or view.slow.whole:
        text.append(f"<b>{ru.FUNNEL_TOUCH}</b>")
        for speed, share in ((ru.FUNNEL_FAST, view.fast), (ru.FUNNEL_SLOW, view.slow)):
            text.append(ru.FUNNEL_TOUCH_ROW.format(speed=speed, share=sure(share)))
    return Screen(lines(text))


def attempts(view: AttemptsView) -> Screen:
    """Each share with its numbers and where it honestly lies."""
    text = [f"<b>{esc(ru.ATTEMPTS.format(days=view.days, share=sure(view.total)))}</b>"]
    for by, head in ru.ATTEMPTS_BY.items():
        rows = view.by.get(by, ())
        if rows:
            text.append(f"<b>{head}</b>")
            text += [
                esc(ru.SHARE_ROW.format(name=name[:_LONGEST_NAME], share=sure(share))) for name, share in _folded(rows)
            ]
    text.append(ru.FEWEST.format(count=FEWEST))
    return Screen(lines(text))


def _folded(rows: Sequence[tuple[str, Share]]) -> Sequence[tuple[str, Share]]:
    """As many as a message holds, those of the fewest calls together: nobody's calls are left out."""
    if len(rows) <= _MOST_ROWS:
        return rows
    ranked = sorted(range(len(rows)), key=lambda place: -rows[place][1].whole)
    kept, rest = sorted(ranked[: _MOST_ROWS - 1]), [rows[place][1] for place in ranked[_MOST_ROWS - 1 :]]
    together = Share(sum(share.part for share in rest), sum(share.whole for share in rest))
    return [*(rows[place] for place in kept), (ru.SHARES_REST.format(count=len(rest)), together)]


def sure(share: Share) -> str:
    """«34 % (от 26 до 43), 41 из 120»; of too few only the numbers."""
    if not share.enough:
        return ru.TOO_FEW.format(part=share.part, whole=share.whole)
    low, high = share.interval()
    return ru.SURE.format(percent=share.percent, low=low, high=high, part=share.part, whole=share.whole)
