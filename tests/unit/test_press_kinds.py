"""Each kind of button has one room that hears of it: a second one would never be asked."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import bot.dialogs
from bot.screens import press

_HEARD = re.compile(r"ButtonOf\(([^)]*)\)")


def test_no_two_rooms_hear_of_the_same_kind() -> None:
    rooms = Path(bot.dialogs.__path__[0]).glob("*.py")
    calls = [call for room in rooms for call in _HEARD.findall(room.read_text(encoding="utf-8"))]
    kinds = Counter(kind for call in calls for kind in re.findall(r'"(\w)"', call))
    assert len(kinds) > 10
    assert [kind for kind, rooms_of in kinds.items() if rooms_of > 1] == []
    told = re.findall(r"^    (\w)\|", press.__doc__ or "", flags=re.MULTILINE)
    assert sorted(told) == sorted({*told})
