"""The simulation as one picture for a phone: how the day is loaded, and how far each dial gets.

The ground is drawn, not transparent, so that it reads the same in a dark and in a light chat.
"""

from __future__ import annotations

from bot.engine.simulate import Comparison
from bot.locales.ru import simulation as ru
from bot.pictures.canvas import Area, Canvas, Series
from bot.screens.simulation import scale

_WIDTH, _HEIGHT = 1080, 1350
_CURRENT, _PROPOSED = "#8fb8de", "#ffb454"
_MOST_DIALS = 8


def chart(comparison: Comparison) -> bytes:
    """A PNG of 1080 × 1350: dials an hour as bars, the share of leads reached by each dial as lines."""
    pairs = [(comparison.current, _CURRENT, ru.CHART_CURRENT)]
    if comparison.proposed is not None:
        pairs.append((comparison.proposed, _PROPOSED, ru.CHART_PROPOSED))
    canvas = Canvas(_WIDTH, _HEIGHT)
    two = len(pairs) > 1
    canvas.title(ru.CHART_TITLE if two else ru.CHART_TITLE_ONE)
    if two:
        canvas.legend([(colour, words) for _, colour, words in pairs])
    hours = sorted({hour for figures, *_ in pairs for hour in figures.by_hour})
    bars = [Series(colour, tuple(figures.by_hour.get(hour, 0.0) for hour in hours)) for figures, colour, _ in pairs]
    canvas.heading(ru.CHART_HOURS, top=210)
    canvas.bars(Area(80, 290, 1040, 650), [f"{hour}" for hour in hours], bars)
    dials = min(_MOST_DIALS, max(len(figures.by_dial) for figures, *_ in pairs))
    lines = [Series(colour, tuple(100 * share for share in figures.by_dial[:dials])) for figures, colour, _ in pairs]
    canvas.heading(ru.CHART_DIALS, top=750)
    canvas.lines(Area(80, 830, 1040, 1190), [f"{number}" for number in range(1, dials + 1)], lines)
    canvas.foot(ru.CHART_FOOT.format(**scale(comparison)))
    return canvas.png()
