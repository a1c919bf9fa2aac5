"""The files of the sandbox page: small, and on their own."""

from __future__ import annotations

import re

from bot.sandbox.server import PAGE

LARGEST_PAGE_BYTES = 95_000


def test_page_is_small_and_asks_nobody_else():
    files = [path for path in PAGE.iterdir() if path.is_file()]

    assert sum(path.stat().st_size for path in files) < LARGEST_PAGE_BYTES
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert "innerHTML" not in text, path.name
        assert not re.search(
            r"""(?:src|href)="https?:|url\(["']?https?:|(?:from|import) ["']https?:|@import""", text
        ), path.name
