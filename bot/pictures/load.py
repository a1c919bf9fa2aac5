"""Who has how much: a bar for each manager, done, left and overdue. The ground is drawn, so it reads in any theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.locales.ru import digests as ru
from bot.pictures.canvas import Canvas, Row

DONE, LEFT, OVERDUE = "#7bc47f", "#8fb8de", "#ff6b5e"
_WIDTH = 1080
_TOP, _ROW, _FOOT = 220, 97, 110
_MOST = 12
"""Rows that fit a phone's height."""


def load_chart(chart: Mapping[str, Any]) -> bytes:
    """A PNG, 1080 wide and as high as it needs: `title`, `foot`, `rows` of name, done, left, overdue."""
    rows = [Row(str(name), (int(done), int(left), int(overdue))) for name, done, left, overdue in chart["rows"]]
    shown = folded(rows)
    canvas = Canvas(_WIDTH, _TOP + _ROW * max(1, len(shown)) + _FOOT)
    canvas.title(str(chart["title"]))
    colours = (DONE, LEFT, OVERDUE)
    canvas.legend(list(zip(colours, ru.CHART_LEGEND, strict=True)))
    if shown:
        canvas.rows(_TOP, _ROW, shown, colours)
    else:
        canvas.nothing(_TOP, ru.CHART_NOTHING)
    canvas.foot(str(chart["foot"]))
    return canvas.png()


def folded(rows: Sequence[Row]) -> list[Row]:
    """As many as a phone shows; the others together."""
    if len(rows) <= _MOST:
        return list(rows)
    rest = rows[_MOST - 1 :]
    values = tuple(sum(row.values[place] for row in rest) for place in range(3))
    return [*rows[: _MOST - 1], Row(ru.CHART_REST.format(count=len(rest)), values, bar=False)]
