"""`batch`: up to 50 commands in one request, each able to use the results of those before it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from bot.sandbox.portal.brackets import as_php, parse_pairs
from bot.sandbox.portal.calls import Answer, as_map
from bot.sandbox.portal.errors import RestError

MOST_COMMANDS = 50
_REFERENCE = re.compile(r"\$result((?:\[[^\[\]]*\])+)")

Run = Callable[[str, str, dict[str, object]], Answer]
"""Executes one command given its key, method and parameters."""


@dataclass(frozen=True)
class Command:
    """One command as it was sent: its key, its method and its undecoded parameters."""

    key: str
    method: str
    query: str

    def params(self, results: Mapping[str, object]) -> dict[str, object]:
        """The decoded parameters, references to earlier results replaced; a missing path becomes empty."""
        pairs = parse_qsl(self.query, keep_blank_values=True)
        return parse_pairs((str(_fill(key, results)), _fill(value, results)) for key, value in pairs)


@dataclass
class _Sections:
    result: dict[str, object] = field(default_factory=dict)
    result_error: dict[str, object] = field(default_factory=dict)
    result_total: dict[str, object] = field(default_factory=dict)
    result_next: dict[str, object] = field(default_factory=dict)
    result_time: dict[str, object] = field(default_factory=dict)


def read_commands(params: Mapping[str, object]) -> list[Command]:
    """The commands of a batch in their order."""
    commands = []
    for key, text in as_map(params.get("cmd")).items():
        method, _, query = str(text).partition("?")
        commands.append(Command(key, method.strip("/& ").removesuffix(".json"), query))
    return commands


def run_batch(
    commands: list[Command], *, halt: object, run: Run, time_block: Callable[[], dict[str, object]]
) -> dict[str, object]:
    """Execute the commands one after another and lay their results out as PHP does.

    Args:
        halt: stop at the first command that fails; any spelling of yes.
        run: executes a command; its RestError is that command's error.
        time_block: makes the `time` of one successful command.
    """
    stop = str(halt).lower() in ("1", "true", "y")
    sections = _Sections()
    for number, command in enumerate(commands):
        try:
            if number >= MOST_COMMANDS:
                raise RestError(400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")
            if command.method.lower() == "batch":
                raise RestError(405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage")
            answer = run(command.key, command.method, command.params(sections.result))
        except RestError as error:
            sections.result_error[command.key] = error.body()
            if stop:
                break
            continue
        sections.result[command.key] = answer.result
        sections.result_time[command.key] = time_block()
        if answer.total is not None:
            sections.result_total[command.key] = answer.total
        if answer.next is not None:
            sections.result_next[command.key] = answer.next
    return {name: _section(section) for name, section in vars(sections).items()}


def _section(values: dict[str, object]) -> object:
    """Keys that are exactly 0…n-1 make a list, an empty section too; the values stay as they are."""
    return list(values.values()) if list(values) == [str(number) for number in range(len(values))] else values


def _fill(text: str, results: Mapping[str, object]) -> object:
    whole = _REFERENCE.fullmatch(text)
    if whole:
        value = _resolve(whole[1], results)
        return as_php(value) if isinstance(value, dict | list) else _text(value)
    return _REFERENCE.sub(lambda found: _text(_resolve(found[1], results)), text)


def _resolve(path: str, results: Mapping[str, object]) -> object:
    node: object = results
    for segment in re.findall(r"\[([^\]]*)\]", path):
        node = as_map(node).get(segment) if isinstance(node, Mapping | list) else None
    return node


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None or isinstance(value, dict | list) else str(value)
