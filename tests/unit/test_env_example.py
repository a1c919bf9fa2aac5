"""`.env.example` lists every setting, each with a comment, and shows the true defaults."""

from __future__ import annotations

import itertools
from pathlib import Path

from dotenv import dotenv_values

from bot.settings import Settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def test_it_lists_every_setting_and_no_other() -> None:
    assert set(dotenv_values(EXAMPLE)) == {name.upper() for name in Settings.model_fields}


def test_what_it_fills_in_is_the_default() -> None:
    shown = {name.lower(): value for name, value in dotenv_values(EXAMPLE).items() if value}
    assert shown == {name: str(Settings.model_fields[name].default) for name in shown}
    assert {"database_url", "http_port", "log_level", "log_format"} <= set(shown)


def test_every_setting_has_a_comment_above_it() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    bare = [line for before, line in itertools.pairwise(lines) if "=" in line and not before.startswith("#")]
    assert bare == []
