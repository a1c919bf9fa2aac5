"""A YAML text with the exact place of each of its parts, so that one can be replaced without touching another byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

_ALIAS = re.compile(r"\*[^\s,\[\]{}]+")
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
MERGE = "<<"


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value, or an item of a list (`key` is None)."""

    name: str | int
    key: Node | None
    value: Node
    start: int
    """Where the value begins in the text; where it would, when it is empty."""
    end: int
    is_alias: bool

    @property
    def begin(self) -> int:
        """Where the key begins, or the item."""
        return int(self.key.start_mark.index) if self.key is not None else self.start


class Tree:
    """A parsed text. Positions are indexes of characters.

    Raises:
        ValueError: the text is not YAML.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            root = YAML(typ="safe", pure=True).compose(text)
        except YAMLError as error:
            raise ValueError(str(error)) from error
        if not isinstance(root, MappingNode):
            raise ValueError("the text is not a mapping")
        self.root: Node = root
        self._entries: dict[int, list[Entry]] = {}
        self._index(root)

    def entries(self, node: Node) -> list[Entry]:
        """What stands in a mapping or a list itself, in order; nothing for a scalar."""
        return self._entries.get(id(node), [])

    def entry(self, node: Node, name: str | int) -> Entry | None:
        """The entry of this name."""
        return next((entry for entry in self.entries(node) if entry.name == name), None)

    def merged(self, node: Node, name: str | int) -> Node | None:
        """The value that a key has only by a merge (`<<: *other`)."""
        for source in self._merged_maps(node):
            found = self.entry(source, name)
            if found is not None:
                return found.value
            deeper = self.merged(source, name)
            if deeper is not None:
                return deeper
        return None

    def in_brackets(self, node: Node) -> bool:
        """Whether a mapping or a list is written in brackets."""
        return isinstance(node, CollectionNode) and bool(node.flow_style)

    def body(self, entry: Entry) -> int:
        """Where the value begins behind its anchor and tag."""
        found = _PROPERTIES.match(self.text, entry.start, entry.end)
        return found.end() if found else entry.start

    def line_start(self, place: int) -> int:
        """The first character of the line."""
        return self.text.rfind("\n", 0, place) + 1

    def line_end(self, place: int) -> int:
        """Where the line ends, its line break left out."""
        end = self.text.find("\n", place)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > place and self.text[end - 1] == "\r" else end

    def plain(self, node: Node) -> Any:
        """The value as plain data."""
        return YAML(typ="safe", pure=True).constructor.construct_document(node)

    def _merged_maps(self, node: Node) -> Iterator[Node]:
        merge = self.entry(node, MERGE)
        if merge is None:
            return
        if isinstance(merge.value, SequenceNode):
            yield from merge.value.value
        else:
            yield merge.value

    def _index(self, node: Node) -> None:
        """Where each entry stands. A part that was met before stands here by an alias."""
        if isinstance(node, MappingNode):
            self._entries[id(node)] = found = []
            for key, value in node.value:
                found.append(self._located(key.value, key, value, int(key.end_mark.index)))
        elif isinstance(node, SequenceNode):
            self._entries[id(node)] = found = []
            place = int(node.start_mark.index)
            for number, value in enumerate(node.value):
                found.append(self._located(number, None, value, place))
                place = found[-1].end
        else:
            self._entries[id(node)] = []

    def _located(self, name: str | int, key: Node | None, value: Node, behind: int) -> Entry:
        if id(value) in self._entries:
            alias = _ALIAS.search(self.text, behind)
            start, end = alias.span() if alias else (behind, behind)
            return Entry(name, key, value, start, end, is_alias=True)
        self._index(value)
        start, end = int(value.start_mark.index), int(value.end_mark.index)
        if isinstance(value, ScalarNode) and (start == end or start < behind):
            place = self._behind_sign(behind)
            return Entry(name, key, value, place, place, is_alias=False)
        if isinstance(value, ScalarNode):
            end = start + len(self.text[start:end].rstrip())  # a block of text ends with the line breaks below it
        elif not self.in_brackets(value) and self.entries(value):
            end = self.entries(value)[-1].end
        return Entry(name, key, value, start, end, is_alias=False)

    def _behind_sign(self, place: int) -> int:
        """Behind the `:` or `-` after which nothing stands."""
        found = re.compile(r"\s*[:-]").match(self.text, place)
        return found.end() if found else place
