"""What /funnel and /attempts must say, counted anew from the portal's raw data and from what people have pressed.

Nothing of the bot's own tables is looked at, and none of its code is called. The definitions are those of
docs/admin-guide.ru.md.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from math import ceil, floor

from tests.scenarios.crowd import Told
from tests.scenarios.crowd_answers import is_dial, is_talk
from tests.scenarios.crowd_books import DEAL, LEAD, Move, all_rows
from tests.scenarios.crowd_ledger import Ledger
from tests.scenarios.floor import Floor

_Z = 1.96
_FEWEST = 30
_REST, _OTHERS = "ещё", "прочее"
_FIRST = timedelta(minutes=15)
_UNDONE_WITHIN = timedelta(seconds=70)
_LEAD_CARDS = ("Дозвонился", "Просит не писать")
_SOURCES = {"WEB": "Сайт", "CALL": "Звонок", "EMAIL": "Почта", "PARTNER": "Партнёр", "BDT": "БДТ"}
_ROW = re.compile(r"(.+): (?:(\d+) % \(от (\d+) до (\d+)\), )?(\d+) из (\d+)( – мало для вывода)?")
_LOST = re.compile(r"(.+): потеряны (\d+) из (\d+)")
_END = re.compile(r"   (.+) (\d+)")

Share = tuple[int, int]


@dataclass(frozen=True)
class Lost:
    """A stage from which clients were lost: how many, of how many who left it, and how they ended."""

    lost: int
    left: int
    ends: Mapping[str, int]


@dataclass(frozen=True)
class Dictionary:
    """What the portal calls its stages, which of them are failures, and the reasons of what has ended."""

    stages: Mapping[tuple[int, str], tuple[str, bool]]
    reasons: Mapping[tuple[int, int], str]


async def read_dictionary(portal: Floor) -> Dictionary:
    """Of leads and of the deals' first pipeline."""
    stages = {}
    for entity, kind in ((LEAD, "STATUS"), (DEAL, "DEAL_STAGE")):
        for row in await portal.portal("crm.status.list", {"filter": {"ENTITY_ID": kind}}):
            failure = (row.get("EXTRA") or {}).get("SEMANTICS") in ("failure", "apology")
            stages[entity, str(row["STATUS_ID"])] = (str(row["NAME"]), failure)
    reasons = {}
    for entity in (LEAD, DEAL):
        params = {"entityTypeId": entity, "select": ["*", "UF_*"], "useOriginalUfNames": "Y"}
        for row in await all_rows(portal, "crm.item.list", params, "items"):
            reasons[entity, int(row["id"])] = str(row.get("UF_CRM_DZ_REASON") or "")
    return Dictionary(stages, reasons)


@dataclass(frozen=True)
class Analyst:
    """The analysis of everything since the bot began."""

    ledger: Ledger
    dictionary: Dictionary

    # Stages -------------------------------------------------------------------------------------------------------

    @cached_property
    def moves(self) -> dict[tuple[int, int], list[Move]]:
        """Of each record, without those that were taken back within the minute."""
        found: dict[tuple[int, int], list[Move]] = defaultdict(list)
        for move in self.ledger.books.moves:
            path = found[move.entity, move.number]
            back = len(path) > 1 and path[-2].stage == move.stage and move.at - path[-1].at <= _UNDONE_WITHIN
            if back and any(one.undone and one.client == move.client for one in self.ledger.told):
                path.pop()
            else:
                path.append(move)
        return found

    def lost(self) -> dict[str, Lost]:
        """By stage, as the portal calls it."""
        left: dict[tuple[int, str], set[int]] = defaultdict(set)
        ends: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
        for (entity, number), path in self.moves.items():
            if path[-1].client in self.ledger.tests:
                continue
            for old, new in pairwise(path):
                if new.at >= self.ledger.opened:
                    left[entity, old.stage].add(number)
            title, failure = self.dictionary.stages[entity, path[-1].stage]
            if failure and path[-1].stage != "DUPLICATE" and len(path) > 1 and path[-1].at >= self.ledger.opened:
                reason = self.dictionary.reasons[entity, number]
                ends[entity, path[-2].stage][f"{title}: {reason}" if reason not in ("", title) else title] += 1
        return {
            self.dictionary.stages[place][0]: Lost(sum(how.values()), len(left[place]), how)
            for place, how in ends.items()
        }

    def speed(self) -> dict[str, Share]:
        """Of the leads that came in working hours and were called: in time or later, how many have got a meeting."""
        touched, roster = self.ledger.touched, self.ledger.roster
        paths = ((entity, path) for (entity, _), path in self.moves.items())
        met = {
            path[0].client for entity, path in paths if entity == DEAL and any(one.stage == "MEETING" for one in path)
        }
        counts = {"в срок": [0, 0], "позже срока": [0, 0]}
        for lead in self.ledger.books.records:
            own = lead.entity == LEAD and lead.client not in self.ledger.tests and lead.source != "BDT"
            if not own or lead.client not in touched:
                continue
            at, who = touched[lead.client]
            user = self.ledger.users[who]
            if not roster.is_asked(lead.client, lead.created, user):
                continue
            late = roster.of(user).between(lead.created, at) > _FIRST
            count = counts["позже срока" if late else "в срок"]
            count[0] += lead.client in met
            count[1] += 1
        return {speed: (part, whole) for speed, (part, whole) in counts.items()}

    # Calls --------------------------------------------------------------------------------------------------------

    @cached_property
    def dials(self) -> list[tuple[Told, str]]:
        """Every call, and which it was."""
        found = []
        misses: Counter[tuple[str, bool]] = Counter()
        for one in sorted(self._lasting(), key=lambda told: told.recorded_at):
            key = (one.client, one.sign in _LEAD_CARDS)
            if self._moved_between(one):
                misses[key] = 0
            if is_dial(one) and one.client not in self.ledger.tests:
                number = misses[key] + 1
                words = f"попытка {number}" if number < 7 else "попытка 7 и дальше"
                found.append((one, "обещанные звонки" if self._is_promised(one) else words))
            if _is_miss(one):
                misses[key] += 1
            elif _is_conversation(one):
                misses[key] = 0
        return found

    def _lasting(self) -> Iterator[Told]:
        return (one for one in self.ledger.told if not one.undone)

    def _moved_between(self, told: Told) -> bool:
        """Somebody has moved him in the portal since the call before: whoever is on hold there is no silent client."""
        mine = [one.recorded_at for one in self._lasting() if one.client == told.client]
        before = max((at for at in mine if at < told.recorded_at), default=self.ledger.opened)
        return any(client == told.client and before < at < told.recorded_at for at, client in self.ledger.moved)

    def _is_promised(self, told: Told) -> bool:
        job = self.ledger.job_of(told)
        if job is None:
            job = next((one for one in self.ledger.books.jobs if self._is_of(one.client, told, one.closed)), None)
        return job is not None and self.ledger.is_promise(job)

    def _is_of(self, client: str, told: Told, closed: datetime | None) -> bool:
        return client == told.client and closed is not None and closed == self.ledger.called_at(told)

    def attempts(self) -> dict[str, dict[str, Share]]:
        """Reached of all: by number, part of the day, source and manager."""
        sources = {one.client: one.source for one in self.ledger.books.records if one.entity == LEAD}
        counts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        for one, number in self.dials:
            hour = self.ledger.roster.local(one.client, self.ledger.happened_at(one)).hour
            by = {
                "По номеру попытки": number,
                "По времени у клиента": "до 12" if hour < 12 else "12–16" if hour < 16 else "после 16",
                "По источнику": _SOURCES[sources[one.client]],
                "По менеджеру": one.who,
                "": "Дозвон за 30 дней",
            }
            for head, name in by.items():
                counts[head][name][0] += is_talk(one)
                counts[head][name][1] += 1
        return {head: {name: (a, b) for name, (a, b) in rows.items()} for head, rows in counts.items()}


def _is_miss(one: Told) -> bool:
    if one.sign in ("Подтвердил", "Договор и оплата"):
        return False
    return {"Не дозвонился", "Не берёт трубку", "Не ответил"} & set(one.steps) != set()


def _is_conversation(one: Told) -> bool:
    """Who is written to has talked as well."""
    if "Ещё круг попыток" in one.steps:
        return True
    return one.steps[0] not in ("Передать", "Опаздывает", "Подтвердил", "Не ответил") and is_talk(one)


# What the screens say ---------------------------------------------------------------------------------------------


def read_funnel(text: str) -> tuple[dict[str, Lost], dict[str, Share]]:
    """The stages, and the shares by the speed of the first call."""
    rows, ends, speeds = {}, dict[str, Counter[str]](), {}
    stage = ""
    for line in text.split("\n"):
        if (found := _LOST.fullmatch(line)) is not None:
            stage = found[1]
            rows[stage], ends[stage] = (int(found[2]), int(found[3])), Counter()
        elif (found := _END.fullmatch(line)) is not None:
            ends[stage][found[1]] += int(found[2])
        elif ": дошли до встречи " in line:
            speed, share = line.split(": дошли до встречи ")
            speeds[speed] = read_share(f"{speed}: {share}")
    return {name: Lost(*rows[name], ends[name]) for name in rows}, speeds


def _folded(mine: Mapping[str, object], screen: Mapping[str, object]) -> Mapping[str, object]:
    """With one row for those that the screen has no room for, as it has."""
    if _REST not in screen:
        return mine
    rest = [share for name, share in mine.items() if name not in screen]
    parts, wholes = zip(*(share for share in rest if isinstance(share, tuple)), strict=True)
    return {name: share for name, share in mine.items() if name in screen} | {_REST: (sum(parts), sum(wholes))}


def _ends_folded(mine: Mapping[str, object], screen: Mapping[str, object]) -> Mapping[str, object]:
    """With the ends for which a stage has no room together, as on the screen."""

    def fold(meant: object, shown: object) -> object:
        if not isinstance(meant, Lost) or not isinstance(shown, Lost) or _OTHERS not in shown.ends:
            return meant
        kept = {end: count for end, count in meant.ends.items() if end in shown.ends}
        others = {end: count for end, count in meant.ends.items() if end not in kept}
        assert max(others.values()) <= min(kept.values()), shown
        return replace(meant, ends=Counter({**kept, _OTHERS: sum(others.values())}))

    return {stage: fold(meant, screen.get(stage)) for stage, meant in mine.items()}


def read_attempts(text: str) -> dict[str, dict[str, Share]]:
    """Head → name → reached of all."""
    found: dict[str, dict[str, Share]] = defaultdict(dict)
    head = ""
    for line in text.split("\n"):
        if _ROW.fullmatch(line) is None:
            head = line
        else:
            name = line.split(": ")[0]
            found[head][name.split(" ")[0] if head == "По менеджеру" else name] = read_share(line)
    return found


def read_share(line: str) -> Share:
    """The numbers, after a look at what is concluded from them."""
    found = _ROW.fullmatch(line)
    assert found is not None, line
    part, whole = int(found[5]), int(found[6])
    if whole < _FEWEST:
        assert found[2] is None, line
        assert found[7] is not None, line
    else:
        low, high = wilson(part, whole)
        assert (int(found[3]), int(found[4])) == (low, high), line
        assert abs(int(found[2]) - 100 * part / whole) <= 0.5 or part in (1, whole - 1), line
        assert (found[2] == "0") <= (part == 0), line
        assert (found[2] == "100") <= (part == whole), line
    return part, whole


def wilson(part: int, whole: int) -> tuple[int, int]:
    """All shares that would not be surprised by what was seen, found by trying: outwards to whole percents."""

    def surprised(share: float) -> bool:
        return (part / whole - share) ** 2 > _Z**2 * share * (1 - share) / whole + 1e-15

    def edge(inside: float, outside: float) -> float:
        if not surprised(outside):
            return outside
        for _ in range(60):
            middle = (inside + outside) / 2
            inside, outside = (inside, middle) if surprised(middle) else (middle, outside)
        return inside

    at = part / whole
    return floor(100 * edge(at, 0) + 1e-9), ceil(100 * edge(at, 1) - 1e-9)


def differences(analyst: Analyst, funnel: str, attempts: str) -> Sequence[tuple[str, object, object]]:
    """What the screens say and what it should be, where that differs."""
    lost, speeds = read_funnel(funnel)
    shown: dict[str, Mapping[str, object]] = {"lost": lost, "speed": speeds, **read_attempts(attempts)}
    meant: dict[str, Mapping[str, object]] = {"lost": analyst.lost(), "speed": analyst.speed(), **analyst.attempts()}
    wrong: list[tuple[str, object, object]] = []
    for figure in dict.fromkeys((*shown, *meant)):
        screen = shown.get(figure, {})
        mine = _ends_folded(_folded(meant.get(figure, {}), screen), screen)
        wrong += [
            (f"{figure}: {name}", screen.get(name), mine.get(name))
            for name in dict.fromkeys((*screen, *mine))
            if screen.get(name) != mine.get(name)
        ]
    return wrong
