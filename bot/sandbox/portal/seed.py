"""The portal's first content: reading the data file that holds it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from bot.errors import DozvonError

_FOLDER = Path(__file__).parent.parent / "seed"
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


class SeedInvalid(DozvonError):
    """The data file cannot be read; the text says what is wrong with it."""


@dataclass(frozen=True)
class PortalSeed:
    """A data file and the moment at which its story ends and the sandbox begins."""

    data: Mapping[str, object]
    start: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The portal's zone."""
        return ZoneInfo(str(self.data["zone"]))

    @property
    def attempts_field(self) -> str:
        """The user field that counts call attempts, for the board."""
        return str(self.data.get("attempts_field") or "")


def load_seed(name_or_path: str, start: datetime) -> PortalSeed:
    """Read a built-in data set by its name, or a file.

    Args:
        start: the business moment to which the file's times are relative; seconds are dropped.

    Raises:
        SeedInvalid: there is no such file, or it is not a data set.
    """
    path = _FOLDER / f"{name_or_path}.yaml"
    if not path.is_file():
        path = Path(name_or_path)
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.yaml")))
        raise SeedInvalid(f"there is no sandbox data set {name_or_path!r}; built in: {known}")
    data = _parsed(path.read_text())
    if not isinstance(data, dict) or not {"zone", "users", "statuses"} <= set(data):
        raise SeedInvalid(f"{path.name}: a sandbox data set has at least the keys zone, users and statuses")
    return PortalSeed(data, start.replace(second=0, microsecond=0))


@lru_cache(maxsize=8)
def _parsed(text: str) -> object:
    """A data set is read many times in one test process, and only read."""
    return YAML(typ="safe", pure=True).load(text)


def duration(text: object) -> timedelta:
    """`P2DT3H30M` as a span. Raises SeedInvalid."""
    found = _DURATION.fullmatch(str(text))
    if found is None or str(text) in ("P", "PT"):
        raise SeedInvalid(f"{text!r} is no span of time; write it like P2DT3H30M")
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)
