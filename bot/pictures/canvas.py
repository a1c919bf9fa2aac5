"""Bars, lines and words on a picture for a chat. Draws in memory only.

Letters are large: a phone shows 1080 pixels on a width of seven centimetres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from math import ceil, floor, log10

from PIL import Image, ImageDraw, ImageFont

_GROUND, _INK, _FAINT, _GRID = "#1c2733", "#f2f5f8", "#aab6c2", "#34424f"
_MARGIN = 40
_TITLE, _TEXT, _FOOT, _SMALL = 52, 36, 34, 30
_BELOW_NAME = 48
_LABELS_BELOW = 14
_GAP = 0.28
"""Share of a bar group's room that stays free."""
_GRID_LINES = 4
_THINNEST = 6
"""Of a bar that stands for anything at all."""
_FIGURES = 260
"""Room for the values beside the longest bar."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values in one colour, in the order of the labels."""

    colour: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """Where something is drawn, in pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left


@dataclass(frozen=True, slots=True)
class Row:
    """A bar that lies: a name, and values one after another."""

    name: str
    values: tuple[int, ...]
    bar: bool = True
    """False: only its name and figures, since its bar would dwarf the others."""


class Canvas:
    """A picture in the making."""

    def __init__(self, width: int, height: int) -> None:
        self._image = Image.new("RGB", (width, height), _GROUND)
        self._draw = ImageDraw.Draw(self._image)
        self._width, self._height = width, height

    def title(self, words: str) -> None:
        """The line on top."""
        self._draw.text((_MARGIN, 36), words, _INK, _font(_TITLE))

    def legend(self, names: Sequence[tuple[str, str]]) -> None:
        """Colours and what they stand for."""
        left = _MARGIN
        for colour, words in names:
            self._draw.rounded_rectangle((left, 130, left + 36, 166), 8, colour)
            self._draw.text((left + 50, 126), words, _INK, _font(_TEXT))
            left += 110 + int(self._draw.textlength(words, _font(_TEXT)))

    def heading(self, words: str, top: int) -> None:
        """What the diagram below shows."""
        self._draw.text((_MARGIN, top), words, _INK, _font(_TEXT))

    def foot(self, words: str) -> None:
        """The line at the bottom."""
        fitting = self._fitting(words, self._width - 2 * _MARGIN, _FOOT)
        self._draw.text((_MARGIN, self._height - 70), fitting, _FAINT, _font(_FOOT))

    def bars(self, area: Area, labels: Sequence[str], series: Sequence[Series]) -> None:
        """Groups of bars side by side, with a grid and labels below."""
        top = self._grid(area, max((max(one.values, default=0) for one in series), default=0))
        if not labels:
            return
        room = area.width / len(labels)
        thick = room * (1 - _GAP) / len(series)
        for place, label in enumerate(labels):
            left = area.left + room * (place + _GAP / 2)
            for number, one in enumerate(series):
                begin = left + number * thick
                high = area.bottom - area.height * one.values[place] / top
                self._draw.rectangle((begin, high, begin + thick - 2, area.bottom), one.colour)
            self._label(label, area.left + room * (place + 0.5), area)

    def lines(self, area: Area, labels: Sequence[str], series: Sequence[Series]) -> None:
        """Lines with dots, each with its last value; a line may end before the last label."""
        top = self._grid(area, max((max(one.values, default=0) for one in series), default=0))
        if not labels:
            return
        room = area.width / len(labels)
        for place, label in enumerate(labels):
            self._label(label, area.left + room * (place + 0.5), area)
        ends: list[tuple[float, float, str, str]] = []
        for one in series:
            points = [
                (area.left + room * (place + 0.5), area.bottom - area.height * value / top)
                for place, value in enumerate(one.values)
            ]
            self._draw.line(points, one.colour, width=8, joint="curve")
            for x, y in points:
                self._draw.ellipse((x - 11, y - 11, x + 11, y + 11), one.colour)
            if points:
                ends.append((*points[-1], f"{one.values[-1]:.0f}", one.colour))
        self._values(ends)

    def rows(self, top: int, height: int, rows: Sequence[Row], colours: Sequence[str]) -> None:
        """Bars that lie one below another, each with its name above it and its values inside or beside it."""
        most = max((sum(row.values) for row in rows if row.bar), default=0) or 1
        room = self._width - 2 * _MARGIN - _FIGURES
        for number, row in enumerate(rows):
            y = top + number * height
            self._draw.text((_MARGIN, y), self._fitting(row.name, room, _TEXT), _INK, _font(_TEXT))
            left = float(_MARGIN)
            for value, colour in zip(row.values, colours, strict=True):
                if value and row.bar:
                    right = left + max(room * value / most, _THINNEST)
                    self._draw.rectangle((left, y + _BELOW_NAME, right - 2, y + height - 16), colour)
                    left = right
            middle = y + (_BELOW_NAME + height - 16) / 2
            beside = left + 16 if row.bar and any(row.values) else left
            if not any(row.values):
                self._draw.text((beside, middle), "0", _FAINT, _font(_TEXT), anchor="lm")
            for value, colour in zip(row.values, colours, strict=True):
                if value:
                    self._draw.text((beside, middle), f"{value}", colour, _font(_TEXT), anchor="lm")
                    beside += self._draw.textlength(f"{value} ", _font(_TEXT))

    def _fitting(self, words: str, room: float, size: int) -> str:
        """The words, cut where they would leave the picture."""
        if self._draw.textlength(words, _font(size)) <= room:
            return words
        while words and self._draw.textlength(f"{words}…", _font(size)) > room:
            words = words[:-1]
        return f"{words.rstrip()}…"

    def nothing(self, top: int, words: str) -> None:
        """There is nothing to draw, and the picture says so."""
        self._draw.text((_MARGIN, top), words, _FAINT, _font(_TEXT))

    def png(self) -> bytes:
        """The finished picture."""
        stream = BytesIO()
        self._image.save(stream, "PNG", optimize=True)
        return stream.getvalue()

    def _values(self, ends: Sequence[tuple[float, float, str, str]]) -> None:
        """The last values: the upper one above its line, the lower one below, so that they never meet."""
        for number, (x, y, words, colour) in enumerate(sorted(ends, key=lambda one: one[1])):
            at = (x, y - 20) if number == 0 else (x, y + 20)
            self._draw.text(at, words, colour, _font(_TEXT), anchor="mb" if number == 0 else "mt")

    def _grid(self, area: Area, most: float) -> float:
        """Lines with round figures; the value of the uppermost."""
        step = _round_step(most / _GRID_LINES)
        count = max(1, ceil(most / step - 1e-9))
        for number in range(count + 1):
            y = area.bottom - area.height * number / count
            self._draw.line((area.left, y, area.right, y), _GRID, width=2)
            figure = f"{step * number:g}".replace(".", ",")
            self._draw.text((area.left - 12, y), figure, _FAINT, _font(_SMALL), anchor="rm")
        return step * count

    def _label(self, words: str, middle: float, area: Area) -> None:
        self._draw.text((middle, area.bottom + _LABELS_BELOW), words, _FAINT, _font(_SMALL), anchor="mt")


def _round_step(least: float) -> float:
    """The first of 1, 2, 5, 10, … that is not less."""
    if least <= 0:
        return 1.0
    power: float = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least - 1e-9)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    file = resources.files("bot.pictures") / "fonts" / "DejaVuSans.ttf"
    return ImageFont.truetype(BytesIO(file.read_bytes()), size)
