"""The playbook that a setting names: a built-in one, or a file."""

from __future__ import annotations

from pathlib import Path

from bot.errors import SettingsError
from bot.playbooks.load import Loaded, builtin, builtin_names, load


def choose(name_or_path: str) -> Loaded:
    """Load it.

    Raises:
        SettingsError: neither a built-in name nor a readable file.
        PlaybookInvalid: it was read, but cannot be used.
    """
    if name_or_path in builtin_names():
        return builtin(name_or_path)
    path = Path(name_or_path)
    if not path.is_file():
        known = ", ".join(builtin_names())
        raise SettingsError(
            f"PLAYBOOK names {name_or_path!r}: no such file; expected a path to a YAML file or one of: {known}"
        )
    return load(path)
