"""Changes of single figures in a playbook's text that leave every other byte, comment and quote as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.errors import DozvonError
from bot.locales.ru import changes as ru
from bot.playbooks.errors import Path, say_path
from bot.playbooks.quoting import Value, rewritten, written
from bot.playbooks.tree import MERGE, Entry, Tree

_BOM = "\ufeff"


class EditImpossible(DozvonError):
    """The place cannot be changed without touching others."""


@dataclass(frozen=True, slots=True)
class Put:
    """A value for this place. What stands there is changed, what is missing is added.

    A mapping or a list in the place of another one is changed entry by entry, so that its comments stay.
    """

    path: Path
    value: Value
    after: str = ""
    """A new key stands behind this one, otherwise last."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The key or item goes, with its line and the comment on it. What is not there may be dropped."""

    path: Path


Change: TypeAlias = Put | Drop


def edited(text: str, changes: Sequence[Change]) -> str:
    """The text with these changes made, one after another. It still has to be loaded: nothing is validated here.

    Raises:
        EditImpossible: a place is written by a reference to another one, or is no mapping where one is needed.
    """
    mark, text = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    for change in changes:
        text = _made(text, change)
    for change in changes:
        if isinstance(change, Put) and not any(_covers(other, change) for other in changes):
            _verify(text, change)
    return mark + text


def _made(text: str, change: Change) -> str:
    """One change. Only the section of the document that it speaks of is parsed, if it can be read alone."""
    if len(change.path) > 1 or isinstance(change, Put):
        before, section, behind = _section(text, str(change.path[0]))
        if section:
            try:
                return before + _Edit(Tree(section)).made(change) + behind
            except (ValueError, EditImpossible):
                pass  # it needs an anchor of another section, or the section itself goes
    return _Edit(_tree(text, change.path)).made(change)


def _section(text: str, key: str) -> tuple[str, str, str]:
    """The lines of a key of the document itself, with what stands before and behind them; empty if they are unclear."""
    starts = [found.start() for found in re.finditer(rf"^{re.escape(key)}[ \t]*:", text, re.MULTILINE)]
    if len(starts) != 1:
        return text, "", ""
    # The items of a list may stand as far to the left as its key.
    following = re.compile(r"^(?!-\s)[^\s#]", re.MULTILINE).search(text, text.find("\n", starts[0]) + 1)
    end = following.start() if following and "\n" in text[starts[0] :] else len(text)
    return text[: starts[0]], text[starts[0] : end], text[end:]


def _covers(other: Change, change: Change) -> bool:
    """Whether the other one changes a part of the same place."""
    shorter = min(len(other.path), len(change.path))
    return other is not change and other.path[:shorter] == change.path[:shorter]


def _tree(text: str, path: Path) -> Tree:
    try:
        return Tree(text)
    except ValueError as error:
        raise EditImpossible(ru.NOT_EDITABLE.format(place=say_path(path))) from error


def _verify(text: str, change: Put) -> None:
    """What was written is what will be read: a mistake here would publish another figure than the admin has seen."""
    _, section, _ = _section(text, str(change.path[0]))
    try:
        tree = Tree(section)
    except ValueError:
        tree = _tree(text, change.path)
    node: Node = tree.root
    for name in change.path:
        entry = tree.entry(node, name)
        if entry is None:
            raise EditImpossible(ru.NOT_EDITABLE.format(place=say_path(change.path)))
        node = entry.value
    if not _reads_as(tree.plain(node), change.value):
        raise EditImpossible(ru.NOT_EDITABLE.format(place=say_path(change.path)))


def _reads_as(read: object, value: Value) -> bool:
    if isinstance(value, str):
        return str(read) == value  # a day is read as such, and is text in a playbook
    if isinstance(value, Mapping):
        if not isinstance(read, Mapping) or len(read) != len(value):
            return False
        by_name = {str(key): one for key, one in read.items()}
        return all(key in by_name and _reads_as(by_name[key], one) for key, one in value.items())
    if isinstance(value, Sequence):
        if not isinstance(read, list) or len(read) != len(value):
            return False
        return all(_reads_as(one, wanted) for one, wanted in zip(read, value, strict=True))
    return read == value


class _Edit:
    """One change of one text."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._text = tree.text

    def made(self, change: Change) -> str:
        if isinstance(change, Drop):
            return self._dropped(change.path)
        return self._put(change)

    # Putting ------------------------------------------------------------------------------------------------------

    def _put(self, change: Put) -> str:
        node, entry = self._tree.root, None
        for depth, name in enumerate(change.path):
            if isinstance(node, ScalarNode) and entry is not None and entry.start == entry.end:
                return self._filled(entry, _nested(change.path[depth:], change.value))  # `key:` with nothing behind it
            found = self._tree.entry(node, name)
            if found is None:
                return self._added(node, entry, change, depth)
            if found.is_alias and depth < len(change.path) - 1:
                raise EditImpossible(ru.BY_REFERENCE.format(place=say_path(change.path[: depth + 1])))
            node, entry = found.value, found
        if entry is None:
            raise EditImpossible(ru.NOT_EDITABLE.format(place=""))
        return self._replaced(entry, change)

    def _replaced(self, entry: Entry, change: Put) -> str:
        node, value = entry.value, change.value
        if not entry.is_alias:
            if isinstance(node, MappingNode) and isinstance(value, Mapping) and self._tree.entries(node):
                return self._each_key(change.path, node, value)
            if isinstance(node, SequenceNode) and not isinstance(value, str | int | float | Mapping) and value:
                return self._each_item(change.path, entry, value)
        if isinstance(node, ScalarNode) and not entry.is_alias:
            if entry.start == entry.end:
                return self._filled(entry, value)
            again = rewritten(value, str(node.value), node.style, flow=self._in_brackets(entry))
            return self._spliced(self._tree.body(entry), entry.end, again)
        text = written(value, flow=self._in_brackets(entry))
        if not entry.is_alias and not self._tree.in_brackets(node):
            behind = self._text.index(":", int(entry.key.end_mark.index)) + 1 if entry.key is not None else entry.start
            return self._spliced(behind, entry.end, f" {text}")
        return self._spliced(self._tree.body(entry), entry.end, text)

    def _filled(self, entry: Entry, value: Value) -> str:
        text = written(value, flow=self._in_brackets(entry))
        return self._spliced(entry.start, entry.start, f" {text}")

    def _each_key(self, path: Path, node: Node, value: Mapping[str, Value]) -> str:
        have = [str(entry.name) for entry in self._tree.entries(node) if entry.name != MERGE]
        puts: list[Change] = [Put((*path, key), one) for key, one in value.items()]
        return self._all([*puts, *(Drop((*path, key)) for key in have if key not in value)])

    def _each_item(self, path: Path, entry: Entry, value: Sequence[Value]) -> str:
        have = len(self._tree.entries(entry.value))
        if not have:
            return self._spliced(self._tree.body(entry), entry.end, written(value, flow=True))
        puts: list[Change] = [Put((*path, number), one) for number, one in enumerate(value)]
        return self._all([*puts, *(Drop((*path, number)) for number in range(have - 1, len(value) - 1, -1))])

    def _all(self, changes: Sequence[Change]) -> str:
        text = self._text
        for change in changes:
            text = _made(text, change)
        return text

    def _added(self, node: Node, entry: Entry | None, change: Put, depth: int) -> str:
        """A key or an item that is not there yet."""
        name, rest = change.path[depth], change.path[depth + 1 :]
        if isinstance(node, ScalarNode) or (isinstance(node, SequenceNode) and name != len(self._tree.entries(node))):
            raise EditImpossible(ru.NOT_EDITABLE.format(place=say_path(change.path)))
        inherited = self._tree.merged(node, name)
        if rest and inherited is not None:
            # The key has come from another mapping: its own copy is made first, the other one stays.
            copy = self._inserted(node, entry, f"{name}: {self._in_one_line(inherited)}", change.after)
            return _made(copy, change)
        value = written(_nested(rest, change.value), flow=self._tree.in_brackets(node))
        key = written(str(name), flow=self._tree.in_brackets(node))
        return self._inserted(node, entry, f"{key}: {value}" if isinstance(node, MappingNode) else value, change.after)

    def _inserted(self, node: Node, entry: Entry | None, line: str, after: str) -> str:
        entries = self._tree.entries(node)
        if self._tree.in_brackets(node):
            if not entries:
                bracket = "{" if isinstance(node, MappingNode) else "["
                place = self._text.index(bracket, self._tree.body(entry) if entry else 0) + 1
                return self._spliced(place, place, line)
            last = self._tree.entry(node, after) or entries[-1]
            return self._spliced(last.end, last.end, f", {line}")
        last = self._tree.entry(node, after) or entries[-1]
        column = entries[0].begin - self._tree.line_start(entries[0].begin)
        if isinstance(node, SequenceNode):
            dash = self._text.rindex("-", 0, entries[0].begin)
            column, line = dash - self._tree.line_start(dash), f"- {line}"
        place = self._tree.line_end(last.end)
        return self._spliced(place, place, f"{self._line_break}{' ' * column}{line}")

    def _in_one_line(self, node: Node) -> str:
        plain = self._tree.plain(node)
        return written(plain, flow=True)

    # Dropping -----------------------------------------------------------------------------------------------------

    def _dropped(self, path: Path) -> str:
        node: Node = self._tree.root
        for depth, name in enumerate(path):
            entry = self._tree.entry(node, name)
            if entry is None:
                return self._text
            if depth == len(path) - 1:
                return self._without(node, entry, path)
            if entry.is_alias:
                raise EditImpossible(ru.BY_REFERENCE.format(place=say_path(path[: depth + 1])))
            node = entry.value
        raise EditImpossible(ru.NOT_EDITABLE.format(place=""))

    def _without(self, node: Node, entry: Entry, path: Path) -> str:
        entries = self._tree.entries(node)
        place = entries.index(entry)
        if self._tree.in_brackets(node):
            if place + 1 < len(entries):
                return self._spliced(entry.begin, entries[place + 1].begin, "")
            if place:
                return self._spliced(entries[place - 1].end, entry.end, "")
            comma = re.compile(r"\s*,").match(self._text, entry.end)
            return self._spliced(entry.begin, comma.end() if comma else entry.end, "")
        if len(entries) == 1:
            if len(path) == 1:
                raise EditImpossible(ru.NOT_EDITABLE.format(place=say_path(path)))
            return self._dropped(path[:-1])  # a mapping without a line cannot be written
        start, end = self._tree.line_start(entry.begin), self._tree.line_end(entry.end)
        if self._text[start : entry.begin].strip(" -" if isinstance(node, SequenceNode) else " "):
            raise EditImpossible(ru.NOT_EDITABLE.format(place=say_path(path)))
        if start == 0:
            return self._spliced(0, min(end + len(self._line_break), len(self._text)), "")
        return self._spliced(start - len(self._line_break), end, "")

    # Small things -------------------------------------------------------------------------------------------------

    @property
    def _line_break(self) -> str:
        return "\r\n" if "\r\n" in self._text else "\n"

    def _in_brackets(self, entry: Entry) -> bool:
        """Whether the value stands inside a mapping or list in brackets."""
        return self._inside(self._tree.root, entry, inside=False)

    def _inside(self, node: Node, wanted: Entry, *, inside: bool) -> bool:
        here = inside or self._tree.in_brackets(node)
        for entry in self._tree.entries(node):
            if entry is wanted:
                return here
            if not entry.is_alias and entry.start <= wanted.start <= entry.end and self._tree.entries(entry.value):
                return self._inside(entry.value, wanted, inside=here)
        return here

    def _spliced(self, start: int, end: int, text: str) -> str:
        return self._text[:start] + text + self._text[end:]


def _nested(path: Path, value: Value) -> Value:
    for name in reversed(path):
        value = {str(name): value}
    return value
