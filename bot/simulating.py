"""`dozvon simulate`: files in, words, figures and a picture out; the work on as many processes as asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from bot.engine.floor.parameters import Parameters
from bot.engine.floor.tally import Tally
from bot.engine.simulate import Comparison, Part, compare
from bot.errors import DozvonError
from bot.playbooks.choose import choose

_LEADS_A_PROCESS = 10_000


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for.

    Args:
        playbook: a built-in name or a path.
        against: likewise, the proposed one; None: only the first is tried.
        parameters: the floor.
        seed: of all luck.
        jobs: processes; 0: as many as pay off.
        as_json: figures for machines instead of words for people.
        chart: where the picture goes; None: no picture.
    """

    playbook: str
    against: str | None
    parameters: Parameters
    seed: int
    jobs: int
    as_json: bool
    chart: Path | None


def run_order(order: Order, say: Callable[[str], None]) -> None:
    """Simulate, tell, draw.

    Raises:
        DozvonError: a playbook cannot be read, used or simulated, or the picture cannot be written.
    """
    current = choose(order.playbook).playbook
    proposed = choose(order.against).playbook if order.against is not None else None
    jobs = order.jobs or _worth_it(order)
    comparison = compare(current, proposed, order.parameters, order.seed, parts=jobs, spread=_spread(jobs))
    if order.chart is not None:
        _draw(comparison, order.chart)
    say(json.dumps(comparison.plain(), ensure_ascii=False, indent=2) if order.as_json else _words(comparison))


def _worth_it(order: Order) -> int:
    """A process is worth starting for some seconds of work."""
    playbooks = 1 if order.against is None else 2
    return min(os.cpu_count() or 1, 1 + playbooks * order.parameters.leads // _LEADS_A_PROCESS)


def _words(comparison: Comparison) -> str:
    from bot.screens.simulation import report

    return report(comparison)


def _draw(comparison: Comparison, path: Path) -> None:
    from bot.pictures.simulation import chart

    try:
        path.write_bytes(chart(comparison))
    except OSError as error:
        raise DozvonError(f"--chart {path}: {error.strerror}") from error


def _spread(jobs: int) -> Callable[[Callable[[Part], Tally], Sequence[Part]], Sequence[Tally]]:
    def spread(work: Callable[[Part], Tally], parts: Sequence[Part]) -> Sequence[Tally]:
        if jobs == 1 or len(parts) == 1:
            return [work(part) for part in parts]
        # Fresh processes behave alike on every system; a forked one would inherit whatever runs here.
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            return list(pool.map(work, parts))

    return spread
