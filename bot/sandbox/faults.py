"""Faults of the two wires, switched on and off while the sandbox runs.

A wire asks `Faults.check` once for every call it receives and obeys the answer. What a mode looks like is each wire's
own matter; what it means is common:

    down        the call is not executed and the connection is dropped
    slow        the call is executed after 5 s of business time
    rate_limit  the call is refused in the wire's own words for "too often"
    ambiguous   the call is executed and committed, then the answer is lost
    reject      the call is refused as wrong
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal, get_args

Target = Literal["telegram", "bitrix24"]
Mode = Literal["down", "slow", "rate_limit", "ambiguous", "reject"]
TARGETS: tuple[str, ...] = get_args(Target)
MODES: tuple[str, ...] = get_args(Mode)
KEYS = ("target", "mode", "methods", "rate", "seed")

SLOW_SECONDS = 5.0
"""How long a call under `slow` waits, in seconds of business time."""


class FaultInvalid(ValueError):
    """The wished fault makes no sense; `str()` says what is allowed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What shall go wrong with the call that was asked about."""

    mode: Mode


@dataclass(slots=True)
class _Rule:
    mode: Mode
    methods: set[str] | None
    rate: float
    seed: int
    excepted: set[str] = field(default_factory=set)
    dice: random.Random = field(default_factory=random.Random)

    def covers(self, method: str) -> bool:
        if self.methods is None:
            return method not in self.excepted
        return method in self.methods


class Faults:
    """The faults that are on, per target. They live in memory only: a restarted sandbox is a healthy one."""

    def __init__(self) -> None:
        self._rules: dict[str, list[_Rule]] = {target: [] for target in TARGETS}
        self.on_change: list[Callable[[], None]] = []

    def set(self, wish: Mapping[str, object]) -> None:
        """Switch a fault on or off.

        Args:
            wish: `target`, `mode` and optionally `methods` (default: all), `rate` 0…1 (default 1), `seed` (default 0).
                Mode `none` ends the target's faults, or those of the named methods only.

        Raises:
            FaultInvalid: a value is missing or not allowed; nothing was changed.
        """
        target, rule = _read(wish)
        methods = rule.methods if rule is not None else _methods(wish)
        self._take_away(target, methods)
        if rule is not None:
            self._rules[target].append(rule)
        for listener in self.on_change:
            listener()

    def check(self, target: str, method: str) -> Fault | None:
        """The fault that this call meets, or None. Every question throws the fault's dice once."""
        name = method.casefold()
        for rule in self._rules[target]:
            if rule.covers(name) and rule.dice.random() < rule.rate:
                return Fault(rule.mode)
        return None

    def touches(self, target: str, method: str) -> bool:
        """Whether a fault is on for this method at all; throws no dice."""
        return any(rule.covers(method.casefold()) for rule in self._rules[target])

    def view(self) -> list[dict[str, object]]:
        """The faults that are on, in the form in which they are wished for."""
        return [
            {
                "target": target,
                "mode": rule.mode,
                "methods": None if rule.methods is None else sorted(rule.methods),
                "rate": rule.rate,
                "seed": rule.seed,
            }
            for target, rules in self._rules.items()
            for rule in rules
        ]

    def _take_away(self, target: str, methods: AbstractSet[str] | None) -> None:
        if methods is None:
            self._rules[target].clear()
            return
        for rule in self._rules[target]:
            if rule.methods is None:
                rule.excepted |= methods
            else:
                rule.methods -= methods
        self._rules[target] = [rule for rule in self._rules[target] if rule.methods is None or rule.methods]


def _read(wish: Mapping[str, object]) -> tuple[str, _Rule | None]:
    unknown = sorted(set(wish) - set(KEYS))
    if unknown:
        raise FaultInvalid(f"unknown key {unknown[0]!r}; allowed: {', '.join(KEYS)}")
    target, mode = wish.get("target"), wish.get("mode")
    if target not in TARGETS:
        raise FaultInvalid(f"target is {target!r}; allowed: {', '.join(TARGETS)}")
    if mode != "none" and mode not in MODES:
        raise FaultInvalid(f"mode is {mode!r}; allowed: none, {', '.join(MODES)}")
    rate, seed = wish.get("rate", 1), wish.get("seed", 0)
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
        raise FaultInvalid(f"rate is {rate!r}; allowed: a number from 0 to 1")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise FaultInvalid(f"seed is {seed!r}; allowed: a whole number")
    methods = _methods(wish)
    if mode == "none":
        return str(target), None
    kind: Mode = next(known for known in get_args(Mode) if known == mode)
    return str(target), _Rule(kind, methods, float(rate), seed, dice=random.Random(seed))


def _methods(wish: Mapping[str, object]) -> set[str] | None:
    methods = wish.get("methods")
    if methods is None or methods == []:
        return None
    if not isinstance(methods, list) or not all(isinstance(name, str) and name for name in methods):
        raise FaultInvalid(f"methods is {methods!r}; allowed: a list of method names, or nothing for all methods")
    return {name.casefold() for name in methods}
