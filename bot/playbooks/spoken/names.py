"""How people call the parts of a playbook: by their titles, which are data, or by their keys."""

from __future__ import annotations

from bot.locales.ru import changes as ru
from bot.playbooks.model import Playbook
from bot.playbooks.spoken.reading import Refused, Words, cut, nearest


def cadence_title(playbook: Playbook, cadence: str) -> str:
    """The stage in which its client is tried again; where it has none, the attempt's task."""
    for outcome in playbook.outcomes.values():
        if outcome.miss == cadence and outcome.stage is not None:
            for pipeline in playbook.pipelines.values():
                if outcome.stage in pipeline.stages:
                    return pipeline.stages[outcome.stage].title
    return playbook.tasks[playbook.cadences[cadence].task].title


def source_title(playbook: Playbook, source: str) -> str:
    """As people see it."""
    return playbook.sources[source].title if source in playbook.sources else source


def take_source(playbook: Playbook, words: Words) -> str | None:
    """The source that is spoken of: `source=BDT`, «для БДТ», «источник Сайт»; None: of none.

    Raises:
        Refused: there is no such source.
    """
    names = {key: (key, source.title) for key, source in playbook.sources.items()}
    said = words.take(ru.SOURCE_WORDS)
    found = words.name(names)
    if found:
        return found[0]
    if said is None:
        return None
    unknown = words.left.partition(" ")[0] if words.left else ""
    listed = ", ".join(source.title for source in playbook.sources.values()) or ru.NONE
    near = nearest(words.left, [title for pair in names.values() for title in pair])
    raise Refused(ru.NO_SOURCE.format(name=cut(unknown), near=near, known=listed))


def take_cadence(playbook: Playbook, words: Words) -> str:
    """The cadence that is spoken of, or the only one.

    Raises:
        Refused: none or several are meant.
    """
    titles = {key: cadence_title(playbook, key) for key in playbook.cadences}
    found = words.name({key: (key, title) for key, title in titles.items()})
    if len(found) == 1:
        return found[0]
    if len(titles) == 1 and not found:
        return next(iter(titles))
    known = "\n".join(f"{key} – {title}" for key, title in titles.items())
    near = nearest(words.left, [*titles, *titles.values()])
    raise Refused(ru.WHICH_CADENCE.format(near=near, known=known, example=next(iter(titles), "")))
