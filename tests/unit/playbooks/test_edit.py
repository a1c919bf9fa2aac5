"""Edits of a playbook's text: what was not meant stays byte for byte, and there and back is the same text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bot.playbooks.edit import Change, Drop, EditImpossible, Put, edited
from bot.playbooks.load import builtin, load

TEXT = """\
# head
title: Имя   # keep me
hours: {mon-fri: 09:00-19:00}
empty:
cadences:
  # the first one
  scoring:
    attempts: 5      # calls
    slots: ['09:30', '11:15']   # clock
    words:
      - one
      - two   # second

    text: |-
      several
      lines
    by_source:
      BDT: {attempts: 3, within: 5d}

tasks:
  call: &call
    title: 'Звонок'
    due: {within: 15m}   # quarter
  again: {<<: *call, rank: 3}
  other: *call
"""
EDITS: list[tuple[Change, str, str]] = [
    (Put(("cadences", "scoring", "attempts"), 12), "attempts: 5      # calls", "attempts: 12      # calls"),
    (Put(("hours", "sat"), "10:00-16:00"), "09:00-19:00}", "09:00-19:00, sat: 10:00-16:00}"),
    (Put(("hours",), {"mon-thu": "09:00-19:00"}), "{mon-fri:", "{mon-thu:"),
    (Put(("empty",), "full"), "empty:", "empty: full"),
    (Put(("empty", "a", "b"), True), "empty:", "empty: {a: {b: true}}"),
    (Put(("days",), {"2026-12-31": "off"}, after="hours"), "empty:", "days: {2026-12-31: off}\nempty:"),
    (Put(("title",), "Имя: другое"), "title: Имя ", 'title: "Имя: другое" '),
    (Put(("tasks", "call", "title"), "Д'Артаньян"), "'Звонок'", "'Д''Артаньян'"),
    (Put(("cadences", "scoring", "slots"), ["09:30", "10:00"]), "'11:15'", "'10:00'"),
    (Put(("cadences", "scoring", "slots"), ["09:30"]), "'09:30', '11:15'", "'09:30'"),
    (
        Put(("cadences", "scoring", "words"), ["one", "2", "three"]),
        "- two   # second\n",
        '- "2"   # second\n      - three\n',
    ),
    (
        Put(("cadences", "scoring", "by_source", "WEB", "attempts"), 4),
        "within: 5d}\n",
        "within: 5d}\n      WEB: {attempts: 4}\n",
    ),
    (Drop(("cadences", "scoring", "by_source", "BDT")), "    by_source:\n      BDT: {attempts: 3, within: 5d}\n", ""),
    (Drop(("cadences", "scoring", "by_source", "BDT", "within")), ", within: 5d", ""),
    (Drop(("cadences", "scoring", "text")), "    text: |-\n      several\n      lines\n", ""),
    (Drop(("cadences", "scoring", "nothing", "here")), "", ""),
    (Put(("tasks", "again", "due", "within"), "1h"), "rank: 3}", "rank: 3, due: {within: 1h}}"),
    (Put(("tasks", "call", "due", "within"), "1h"), "{within: 15m}", "{within: 1h}"),
    (Put(("cadences", "scoring", "gap"), "90m"), "within: 5d}\n", "within: 5d}\n    gap: 90m\n"),
    (Put(("cadences", "scoring", "words"), "none"), "words:\n      - one\n      - two ", "words: none "),
]


@pytest.mark.parametrize(("change", "old", "new"), EDITS, ids=[str(change.path[-1]) for change, _, _ in EDITS])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_only_what_was_meant_changes(change: Change, old: str, new: str, line_break: str) -> None:
    assert TEXT.count(old) == 1 or not old
    wanted = TEXT.replace(old, new) if old else TEXT
    assert edited(TEXT.replace("\n", line_break), [change]) == wanted.replace("\n", line_break)


@pytest.mark.parametrize(
    "change",
    [
        Put(("tasks", "other", "title"), "x"),
        Drop(("tasks", "other", "title")),
        Put(("title", "deeper"), "x"),
        Put(("cadences", "scoring", "words", 7), "x"),
    ],
)
def test_what_would_change_another_place_is_refused(change: Change) -> None:
    with pytest.raises(EditImpossible, match="пришлите"):
        edited(TEXT, [change])


def test_ten_edits_and_back_are_the_same_bytes() -> None:
    text = builtin("bankruptcy").text
    there: list[Change] = [
        Put(("cadences", "scoring", "attempts"), 6),
        Put(("cadences", "scoring", "within"), "4d"),
        Put(("cadences", "scoring", "by_source", "WEB"), {"attempts": 4, "within": "5d"}),
        Put(("cadences", "meeting", "by_source", "BDT", "attempts"), 2),
        Put(("cadences", "scoring", "slots"), ["10:00"]),
        Put(("hours",), {"mon-thu": "09:00-19:00", "fri": "09:00-18:00"}),
        Put(("sources", "WEB", "title"), "Сайт: новый"),
        Put(("tasks", "client_called_deal", "due", "within"), "20m"),
        Put(("pipelines", "leads", "stages", "new", "limit"), "45m"),
        Put(("client_hours",), "10:00-20:00"),
    ]
    back: list[Change] = [
        Put(("cadences", "scoring", "attempts"), 5),
        Put(("cadences", "scoring", "within"), "3d"),
        Drop(("cadences", "scoring", "by_source", "WEB")),
        Drop(("cadences", "meeting", "by_source")),
        Put(("cadences", "scoring", "slots"), ["09:30", "11:15", "13:00", "15:00", "17:30"]),
        Put(("hours",), {"mon-fri": "09:00-19:00"}),
        Put(("sources", "WEB", "title"), "Сайт"),
        Drop(("tasks", "client_called_deal", "due")),
        Put(("pipelines", "leads", "stages", "new", "limit"), "30m"),
        Put(("client_hours",), "09:00-21:00"),
    ]
    changed = edited(text, there)
    assert load(changed, checked=True).playbook.cadences["scoring"].by_source["WEB"].attempts == 4
    comments = [line.partition("#")[2] for line in text.splitlines() if "#" in line]
    assert [line.partition("#")[2] for line in changed.splitlines() if "#" in line] == comments
    assert edited(changed, back) == text


LEFT = """\
title: x
words:
# why
- one   # first
- {a: 1, b: 2,}
only: {c: [3,], d: 4}
last:
  e: 5
"""


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (Put(("words", 0), "two"), "- one ", "- two "),
        (Put(("words", 1, "b"), 3), "b: 2,", "b: 3,"),
        (Put(("words", 2), "end"), "b: 2,}\n", "b: 2,}\n- end\n"),
        (Drop(("words", 0)), "- one   # first\n", ""),
        (Drop(("words", 1, "a")), "a: 1, ", ""),
        (Drop(("only", "c", 0)), "[3,]", "[]"),
        (Drop(("last", "e")), "last:\n  e: 5\n", ""),
    ],
)
def test_lists_far_to_the_left_and_commas_at_the_end(change: Change, old: str, new: str) -> None:
    assert edited(LEFT, [change]) == LEFT.replace(old, new)


_WORDS = st.text(alphabet="абвxyz019:#'-,{}[]\"&*! \n\\é😀", min_size=1, max_size=12)
_NAMES = st.text(alphabet="abcdef_", min_size=1, max_size=5)
_SCALARS = st.one_of(_WORDS, st.integers(-99, 99), st.booleans())
_DATA = st.dictionaries(
    _NAMES,
    st.recursive(
        _SCALARS,
        lambda inner: st.dictionaries(_NAMES, inner, min_size=1, max_size=3) | st.lists(inner, min_size=1, max_size=3),
        max_leaves=6,
    ),
    min_size=1,
    max_size=4,
)


def _places(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    pairs = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
    for key, one in pairs:
        found += _places(one, (*path, key))
    return found


def _at(data: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


def _text(data: Any, draw: Any, indent: int = 0) -> str:
    """The data as an author may have written it, with comments between."""
    lines = []
    for key, value in data.items():
        comment = draw(st.sampled_from(["", "  # why", "   # да: {"]))
        pad = " " * indent
        if draw(st.booleans()):
            lines.append(f"{pad}# above")
        if isinstance(value, Mapping) and draw(st.booleans()):
            lines.append(f"{pad}{key}:{comment}\n{_text(value, draw, indent + 2)}")
        else:
            written = edited("x: 1", [Put(("x",), value)]).removeprefix("x: ")
            lines.append(f"{pad}{key}: {written}{comment}")
    return "\n".join(lines)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_there_and_back_is_the_same_text(data: st.DataObject) -> None:
    document = data.draw(_DATA)
    text = _text(document, data.draw) + "\n"
    reader = YAML(typ="safe", pure=True)
    assert reader.load(text) == document
    scalars = [path for path in _places(document) if not isinstance(_at(document, path), dict | list)]
    path = data.draw(st.sampled_from(scalars))
    old, new = _at(document, path), data.draw(_SCALARS)
    changed = edited(text, [Put(path, new)])
    assert _at(reader.load(changed), path) == new
    assert edited(changed, [Put(path, old)]) == text
    maps = [(), *(path for path in _places(document) if isinstance(_at(document, path), dict))]
    where = (*data.draw(st.sampled_from(maps)), "added")
    added = edited(text, [Put(where, data.draw(st.one_of(_SCALARS, _DATA)))])
    assert _at(reader.load(added), where[:-1]).keys() == {*_at(document, where[:-1]), "added"}
    assert edited(added, [Drop(where)]) == text
