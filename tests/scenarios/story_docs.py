"""The sentences that stories may use, and the document that lists them.

`python -m tests.scenarios.story_docs` writes the list anew.
"""

from __future__ import annotations

from pathlib import Path

from tests.scenarios import story_deeds, story_looks
from tests.scenarios.story_forms import forms_of
from tests.scenarios.story_text import PARTS

FORMS = forms_of(story_deeds, story_looks)
FOLDER = Path(__file__).parent / "stories"
DOCUMENT = Path(__file__).parents[2] / "docs" / "scenarios.md"
_MARK = "<!-- Дальше – список из кода -->\n"


def with_forms(text: str) -> str:
    """The document's text with the list of today's forms at its end."""
    lists = []
    for part in PARTS:
        words = "\n".join(form.words for form in FORMS if form.part == part)
        lists.append(f"\n**{part}**\n\n```\n{words}\n```\n")
    return text.partition(_MARK)[0] + _MARK + "".join(lists)


if __name__ == "__main__":
    DOCUMENT.write_text(with_forms(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
