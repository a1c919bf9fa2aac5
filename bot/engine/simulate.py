"""A playbook tried out before it is published: the same simulated leads under the current and the proposed one.

Pure: the same playbooks, parameters and seed give the same figures on every machine, in however many parts the work is
done. What is modelled and what is not: docs/simulation.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from bot.engine.calendars import zone_of
from bot.engine.floor.figures import Figures, figures
from bot.engine.floor.ground import Floor
from bot.engine.floor.parameters import Parameters, SimulationRefused
from bot.engine.floor.tally import Tally
from bot.engine.floor.work import work
from bot.locales.ru import simulation as ru
from bot.playbooks.model import Playbook


@dataclass(frozen=True, slots=True)
class Comparison:
    """Figures of the current playbook and, if there is one, of the proposed one."""

    parameters: Parameters
    seed: int
    current: Figures
    proposed: Figures | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON knows it; the keys are described in docs/simulation.md and stay."""
        return {
            "seed": self.seed,
            "parameters": self.parameters.plain(),
            "current": self.current.plain(),
            "proposed": self.proposed.plain() if self.proposed is not None else None,
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Comparison:
        """What `plain` gave."""
        proposed = plain["proposed"]
        return cls(
            parameters=_PARAMETERS.validate_python(plain["parameters"]),
            seed=plain["seed"],
            current=Figures.read(plain["current"]),
            proposed=Figures.read(proposed) if proposed is not None else None,
        )


_PARAMETERS = TypeAdapter(Parameters)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of work that can be done anywhere: some of the managers under one playbook."""

    playbook: Playbook
    parameters: Parameters
    seed: int
    zone: ZoneInfo
    """Whose days the leads come on."""
    managers: range


Spread: TypeAlias = Callable[[Callable[[Part], Tally], Sequence[Part]], Iterable[Tally]]
"""Does the parts and hands their counts back in the same order; the built-in `map` does one after the other."""


def compare(
    current: Playbook,
    proposed: Playbook | None,
    parameters: Parameters,
    seed: int,
    *,
    parts: int = 1,
    spread: Spread = map,
) -> Comparison:
    """Simulate the floor under one playbook or two.

    Args:
        current: the one in force; the leads come on its days.
        proposed: the one that might replace it; None: only the current one is tried.
        parameters: the floor and its clients.
        seed: of all luck.
        parts: into how many parts the managers of each are split.
        spread: who does the parts; with `map`, the caller.

    Raises:
        SimulationRefused: a playbook leads no lead anywhere, nobody works on these days, or no playbook has a source or
            shift that the parameters name.
    """
    zone = zone_of(current)
    tried = [playbook for playbook in (current, proposed) if playbook is not None]
    count = max(1, min(parts, parameters.staff))
    _check_names(tried, parameters)
    todo = [
        Part(playbook, parameters, seed, zone, range(number, parameters.staff, count))
        for playbook in tried
        for number in range(count)
    ]
    tallies = list(spread(simulate_part, todo))
    found: list[Figures] = []
    for position, playbook in enumerate(tried):
        whole = Tally()
        for tally in tallies[position * count : (position + 1) * count]:
            whole.add(tally)
        found.append(figures(playbook.playbook, playbook.title, parameters, whole))
    return Comparison(parameters, seed, found[0], found[1] if len(found) > 1 else None)


def _check_names(playbooks: Sequence[Playbook], parameters: Parameters) -> None:
    sources = {name for playbook in playbooks for name in playbook.sources}
    shifts = {name for playbook in playbooks for name in playbook.shifts}
    for given, known, sentence in (
        (parameters.sources, sources, ru.UNKNOWN_SOURCE),
        (parameters.shifts, shifts, ru.UNKNOWN_SHIFT),
    ):
        for name in given:
            if name not in known:
                raise SimulationRefused(sentence.format(name=name, known=", ".join(sorted(known)) or ru.NO_NAMES))


def simulate_part(part: Part) -> Tally:
    """The counts of one part.

    Raises:
        SimulationRefused: as `compare`.
    """
    return work(Floor(part.playbook, part.parameters, part.seed, part.zone), part.managers)
