"""A playbook's text as plain data that still knows on which line each part stands.

The text is YAML 1.2: `no`, `on` and `9:30` are words, a key given twice is an error.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date, datetime
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarbool import ScalarBoolean

from bot.playbooks.errors import Finding, Path, PlaybookInvalid, say_path

MAX_CHARACTERS = 1_000_000
MAX_PARTS = 200_000
MAX_DEPTH = 40


class Document:
    """A parsed playbook text.

    Attributes:
        file: name that findings give.
        data: mappings, tuples, texts, numbers and booleans only.
    """

    def __init__(self, text: str, file: str) -> None:
        """Parse.

        Raises:
            PlaybookInvalid: the text is not one YAML mapping.
        """
        self.file = file
        self._lines: dict[Path, int] = {}
        self._parts = 0
        self._findings: list[Finding] = []
        if len(text) > MAX_CHARACTERS:
            raise PlaybookInvalid([self.finding((), f"the file is larger than {MAX_CHARACTERS} characters")])
        self.data: dict[str, Any] = self._mapping(self._read(text))
        if self._findings:
            raise PlaybookInvalid(self._findings)

    def line(self, path: Path) -> int:
        """The line, from 1, of the part at `path` or of the nearest part around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def finding(self, path: Path, problem: str, mend: str = "") -> Finding:
        """An error at this place."""
        return Finding(self.file, self.line(path), say_path(path), problem, mend)

    def _read(self, text: str) -> object:
        reader = YAML(typ="rt")
        try:
            return reader.load(text)
        except DuplicateKeyError as error:
            key = str(error.problem).partition('"')[2].partition('"')[0]
            raise self._refusal(error, f'key "{key}" is given twice', "keep one of them") from error
        except MarkedYAMLError as error:
            raise self._refusal(error, f"this is not YAML: {error.problem}", "mend the text here") from error
        except AttributeError as error:  # the reader's own fault: a mapping that takes itself in (`<<: *itself`)
            raise PlaybookInvalid([Finding(self.file, 0, "", "this is not YAML: a part refers to itself")]) from error
        except (YAMLError, ValueError, RecursionError) as error:
            problem = str(error).splitlines()[0] if str(error) else "it is nested too deeply"
            raise PlaybookInvalid([Finding(self.file, 0, "", f"this is not YAML: {problem}")]) from error

    def _refusal(self, error: MarkedYAMLError, problem: str, mend: str) -> PlaybookInvalid:
        mark = error.problem_mark or error.context_mark
        return PlaybookInvalid([Finding(self.file, mark.line + 1 if mark else 0, "", problem, mend)])

    def _mapping(self, parsed: object) -> dict[str, Any]:
        if not isinstance(parsed, CommentedMap):
            problem = "the file is empty" if parsed is None else "the file is not a mapping of keys to values"
            raise PlaybookInvalid([Finding(self.file, 1, "", problem, "begin with `playbook: name`")])
        plain: dict[str, Any] = self._plain(parsed, ())
        return plain

    def _plain(self, part: Any, path: Path) -> Any:
        self._parts += 1
        if self._parts > MAX_PARTS or len(path) > MAX_DEPTH:
            raise PlaybookInvalid([self.finding(path[:3], "too many parts", "aliases (*name) repeat too much")])
        if isinstance(part, CommentedMap):
            return self._plain_map(part, path)
        if isinstance(part, CommentedSeq):
            for index in range(len(part)):
                self._lines[(*path, index)] = part.lc.item(index)[0] + 1
            return tuple(self._plain(item, (*path, index)) for index, item in enumerate(part))
        if isinstance(part, bool) or part is None:
            return part
        if isinstance(part, ScalarBoolean):
            return bool(part)
        for kind in (int, float, str):
            if isinstance(part, kind):
                return kind(part)
        if isinstance(part, date):
            return part.isoformat()
        self._findings.append(self.finding(path, "tags (!name) are not used here", "remove the tag"))
        return ""

    def _plain_map(self, part: CommentedMap, path: Path) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for key, value in part.items():
            line = self._key_line(part, key) or self.line(path)
            if isinstance(key, date) and not isinstance(key, datetime):
                key = key.isoformat()
            if not isinstance(key, str):
                name = str(key).lower()
                self._lines[(*path, name)] = line
                problem = f"key {name} is read as {_kind(key)}, a name is needed"
                self._findings.append(self.finding((*path, name), problem, f"put it in quotes: '{name}'"))
                continue
            self._lines[(*path, str(key))] = line
            plain[str(key)] = self._plain(value, (*path, str(key)))
        return plain

    @staticmethod
    def _key_line(part: CommentedMap, key: Hashable) -> int | None:
        try:
            return int(part.lc.key(key)[0]) + 1
        except (KeyError, TypeError):
            return None  # a key that came by a merge (<<) stands elsewhere


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true/false"
    if value is None:
        return "nothing"
    return "a number" if isinstance(value, int | float) else "something else than text"
