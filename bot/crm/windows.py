"""How to read a whole list while rows come and go under the reader.

Pages by offset shift when a row is deleted and then skip another one. Windows of record ids do not: each window
`(after, upto]` is asked in id order, and if it holds more than a page, what is left of it becomes new windows.
The windows do not overlap, so nothing is missed and nothing comes twice. Pure arithmetic, no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass

PAGE = 50
"""Rows that the portal gives at once, always."""
_WANTED = 40
"""Rows that a window should hold on average where ids are sparse: full pages are rare, and so are empty ones."""


@dataclass(frozen=True, slots=True)
class Window:
    """Record ids greater than `after` and up to `upto` inclusive; None leaves the end open."""

    after: int
    upto: int | None

    def holds(self, record_id: int) -> bool:
        """Whether the id lies inside."""
        return record_id > self.after and (self.upto is None or record_id <= self.upto)


def cut(after: int, last: int, rows: int) -> list[Window]:
    """Windows over the ids `(after, last]`, of one page's width or wider where ids are sparse, and an open last one.

    Args:
        after: everything up to this id is read already.
        last: the highest id known when reading began; newer rows fall into the open window.
        rows: about how many rows there are in between.
    """
    span = last - after
    width = max(PAGE, _WANTED * span // max(rows, 1))
    windows = [Window(start, min(start + width, last)) for start in range(after, last, width)]
    return [*windows, Window(max(after, last), None)]


def left_over(window: Window, ids: list[int]) -> list[Window]:
    """What is still unread of a window after a page with these ids, given in rising order.

    The rest is cut at doubling distances, beginning with the density just seen: a dense cluster in a wide window is
    read by several windows at once, while an almost empty rest costs few.
    """
    if len(ids) < PAGE:
        return []
    if window.upto is None:
        return [Window(ids[-1], None)]
    width = max(PAGE, ids[-1] - ids[0] + 1)
    windows, start = [], ids[-1]
    while start < window.upto:
        windows.append(Window(start, min(start + width, window.upto)))
        start, width = start + width, width * 2
    return windows
