"""The forms of sentences that stories may use, and what each of them does on the floor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import ModuleType

from tests.scenarios.story_text import Form, Part, Sentence
from tests.scenarios.story_world import World

Doing = Callable[..., Awaitable[None]]
_DOINGS: dict[Form, Doing] = {}


def says(part: Part, *forms: str) -> Callable[[Doing], Doing]:
    """The function carries out sentences of these forms; it gets the world and what stands in the form's places."""

    def keep(doing: Doing) -> Doing:
        _DOINGS.update({Form(part, words): doing for words in forms})
        return doing

    return keep


def forms_of(*modules: ModuleType) -> list[Form]:
    """The forms that these modules know, in their order."""
    names = [module.__name__ for module in modules]
    return [form for name in names for form, doing in _DOINGS.items() if doing.__module__ == name]


async def carry_out(world: World, sentence: Sentence) -> None:
    """Do what the sentence says, or see that it is so."""
    await _DOINGS[sentence.form](world, **sentence.values)
