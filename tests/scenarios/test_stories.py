"""The stories of `stories/*.txt`, each on a floor of its own; afterwards the promises that every story must keep."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.story_docs import FOLDER, FORMS
from tests.scenarios.story_forms import carry_out
from tests.scenarios.story_names import NotUnderstood
from tests.scenarios.story_promises import check_promises
from tests.scenarios.story_text import Story, read_stories
from tests.scenarios.story_world import Opened

FIRST = 4
"""Stories of each file that the quick suite has time for; `make stories` and `make test-all` tell all of them."""


def _told() -> list[object]:
    """The stories as parameters, the later ones of each file marked slow."""
    return [
        pytest.param(story, id=f"{story.file}:{story.line}", marks=[pytest.mark.slow] if place >= FIRST else [])
        for file in sorted(FOLDER.glob("*.txt"))
        for place, story in enumerate(read_stories(file, FORMS))
    ]


@pytest.mark.parametrize("story", _told())
async def test_story(story: Story, tmp_path: Path) -> None:
    """It goes as it is told, and leaves the floor as every day must leave it."""
    async with Opened(tmp_path, story.start) as world:
        for sentence in story.sentences:
            try:
                if sentence.at is not None:
                    await world.until(sentence.at)
                await carry_out(world, sentence)
            except (AssertionError, NotUnderstood) as error:
                pytest.fail(f"{sentence.place}: {sentence.text}\n{error}", pytrace=False)
        try:
            await check_promises(world)
        except AssertionError as error:
            pytest.fail(f"{story.file}:{story.line}: после истории «{story.title}»: {error}", pytrace=False)
