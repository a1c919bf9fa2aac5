"""Chance that can be asked for by number.

`random.Random` deals its numbers in the order of asking, so one dial more would change everything after it. Here the
luck of a lead's third evening dial is a function of (seed, lead, third evening dial): under two playbooks the same
client behaves the same. The mixer is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
generators", 2014), whole numbers only, so every machine and version of Python gives the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_UNIT = 1.0 / (1 << 53)


def key_of(seed: int, number: int) -> int:
    """The key of one thing (a lead, a manager) under a seed; any whole numbers."""
    return mixed(mixed(seed & _MASK) ^ (number & _MASK))


def chance(key: int, draw: int) -> float:
    """The number of that draw in [0, 1): the same for the same key and draw, unlike for any others."""
    return (mixed(key + draw * _STEP) >> 11) * _UNIT


def mixed(value: int) -> int:
    """One round of SplitMix64."""
    value = (value + _STEP) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


class Picker:
    """Picks a name by its share; None for the rest."""

    def __init__(self, shares: Mapping[str, float]) -> None:
        self._names = list(shares)
        self._upto = list(accumulate(shares.values()))

    def __call__(self, luck: float) -> str | None:
        """The name whose share that luck falls into."""
        at = bisect_right(self._upto, luck)
        return self._names[at] if at < len(self._names) else None
