"""Writes `bot/engine/mobile_table.py` anew from the numbering plan of the package `ru-phone-parser`.

The package itself is no dependency: seven megabytes of rows for one letter a number. Unpack its wheel somewhere and
call `.venv/bin/python docs/mobile_zones.py <its data.json>`. Why it is read so warily is told in decision 0013.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import wrap

TARGET = Path(__file__).parents[1] / "bot" / "engine" / "mobile_table.py"
_HEAD = '''"""Where blocks of Russian mobile numbers were given out. Made by `docs/mobile_zones.py`; do not edit.

From the numbering plan in ru-phone-parser 1.0.2. Copyright (c) 2026 wartexny. Licensed under the MIT License:
permission is granted, free of charge, to any person obtaining a copy to deal in it without restriction, provided that
this notice is kept; it comes "as is", without warranty of any kind.
"""

from __future__ import annotations

from collections.abc import Mapping

ZONES: Mapping[str, str] = {
'''
_MOBILE = re.compile(r"\+79\d{2,}")
_DISTRICT = re.compile(r"\bфо\b|все|российская федерация|россия")
_ONLY_MOSCOW = "только москва и московская"
# Russia has not changed its clocks since 2014, so one zone of each offset is enough: the ones that the card offers.
_REGIONS: Mapping[str, str] = {
    "Europe/Kaliningrad": "калининградск",
    "Europe/Samara": "самарск удмурт астраханск ульяновск саратовск",
    "Asia/Yekaterinburg": "башкортостан пермск челябинск свердловск курганск тюменск ханты ямало оренбургск",
    "Asia/Omsk": "омская",
    "Asia/Novosibirsk": "новосибирск томск кемеровск алтай красноярск хакас тыва",
    "Asia/Irkutsk": "иркутск бурят",
    "Asia/Yakutsk": "забайкальск читинск амурск якути",
    "Asia/Vladivostok": "приморск хабаровск еврейск",
    "Asia/Magadan": "магаданск сахалинск",
    "Asia/Kamchatka": "камчатск чукотск",
    "Europe/Moscow": (
        "москва москов петербург ленинград краснодар ростовск нижегородск ставропол пензенск ярославск тульск тверск "
        "воронежск ивановск владимирск вологодск брянск калужск рязанск курск дагестан чуваш липецк смоленск "
        "белгородск татарстан орловск марий архангельск костромск тамбовск мурманск мордов коми чечен псковск кировск "
        "осетия карелия новгородск адыгея кабардин ингуш карачаев калмык ненецкий волгоградск"
    ),
}
_LETTERS = dict(zip(_REGIONS, "ABCDEFGHIJK", strict=True))
_UNKNOWN = "."


def zone_letter(region: str) -> str | None:
    """The letter of a region's zone; None for a district, several regions, or a place that nobody knows."""
    name = region.lower()
    if _ONLY_MOSCOW in name and "," not in name:
        return _LETTERS["Europe/Moscow"]
    if not name or "," in name or _DISTRICT.search(name):
        return None
    found = (_LETTERS[zone] for zone, words in _REGIONS.items() if re.search(rf"\b(?:{'|'.join(words.split())})", name))
    return next(found, None)


def table(rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Area code → one letter for each hundred thousand of its numbers; a dot where rows disagree or say nothing."""
    known: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        code = row["Код"].replace(" ", "")
        letter = zone_letter(row["Регион"])
        if _MOBILE.fullmatch(code) and letter is not None:
            known[code[2:]].add(letter)
    found: dict[str, str] = {}
    for area in sorted({code[:3] for code in known}):
        inside = {code: letters for code, letters in known.items() if code.startswith(area)}
        letters = "".join(_letter(f"{area}{block:02d}", inside) for block in range(100))
        if letters.strip(_UNKNOWN):
            found[area] = letters
    return found


def _letter(block: str, known: Mapping[str, set[str]]) -> str:
    """What every row about a block of 100 000 numbers, or else the one about the block around it, agrees on."""
    parts = [letters for code, letters in known.items() if code.startswith(block)]
    around = known.get(block[:4]) or known.get(block[:3], set())
    letters = set().union(*parts) or around
    return next(iter(letters)) if len(letters) == 1 else _UNKNOWN


def module(found: Mapping[str, str]) -> str:
    """The whole module."""
    zones = [f'    "{letter}": "{zone}",\n' for zone, letter in _LETTERS.items()]
    text = [_HEAD, *zones, "}\n", f'UNKNOWN = "{_UNKNOWN}"\n', "BLOCKS: Mapping[str, str] = {\n"]
    for area, letters in found.items():
        if len(set(letters)) == 1:
            text.append(f'    "{area}": "{letters[0]}" * 100,\n')
        else:
            text += [f'    "{area}": (\n', *(f'        "{part}"\n' for part in wrap(letters, 100)), "    ),\n"]
    return "".join([*text, "}\n", '"""Area code → the zone of each hundred thousand of its numbers, by letter."""\n'])


if __name__ == "__main__":
    data = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    TARGET.write_text(module(table(data)), encoding="utf-8")
