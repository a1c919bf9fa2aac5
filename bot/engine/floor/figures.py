"""What a run says, as figures that people compare: shares, means, the hour of the most dials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.engine.floor.parameters import Parameters
from bot.engine.floor.tally import Tally

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Figures:
    """One playbook's run. Shares are between 0 and 1, waits in working minutes."""

    playbook: str
    """Its id."""
    title: str
    managers: int
    leads: int
    dials: int
    dials_per_lead: float
    dials_per_manager_day: float
    """On the run's working days, by those who are at work."""
    load: float
    """Share of the time at the phone that is taken up."""
    reached: int
    contact_rate: float
    """Of all leads."""
    called_back: int
    """Reached because they called themselves."""
    lost: int
    """Given up without having been reached."""
    lost_share: float
    unfinished: int
    """Still waiting 45 days after the last lead came: the managers cannot keep up."""
    qualified: int
    qualified_share: float
    """Of all leads."""
    first_in_time: float
    """Share of first dials by their due time."""
    median_wait: int
    """From arrival to the first dial."""
    long_wait: int
    """Nine of ten wait no longer."""
    tasks: int
    overdue: int
    overdue_share: float
    overdue_days: float
    """Share of managers' days on which something was overdue."""
    peak_hour: int
    """The hour of the company's day with the most dials: 9 is 09:00–10:00."""
    by_hour: Mapping[int, float]
    """Hour → dials of one manager on one day."""
    by_dial: tuple[float, ...]
    """Share of all leads that are reached by the first, the second, … dial at the latest."""

    def plain(self) -> dict[str, Any]:
        """As JSON knows it, under names that stay."""
        return {
            "playbook": self.playbook,
            "title": self.title,
            "managers": self.managers,
            "leads": self.leads,
            "dials": {
                "total": self.dials,
                "per_lead": self.dials_per_lead,
                "per_manager_day": self.dials_per_manager_day,
                "peak_hour": self.peak_hour,
                "per_manager_day_by_hour": {str(hour): dials for hour, dials in self.by_hour.items()},
            },
            "load": self.load,
            "contact": {
                "reached": self.reached,
                "rate": self.contact_rate,
                "called_back": self.called_back,
                "rate_by_dial": list(self.by_dial),
            },
            "lost": {"leads": self.lost, "share": self.lost_share, "unfinished": self.unfinished},
            "qualified": {"leads": self.qualified, "share": self.qualified_share},
            "sla": {
                "first_in_time_share": self.first_in_time,
                "wait_median_minutes": self.median_wait,
                "wait_p90_minutes": self.long_wait,
                "tasks": self.tasks,
                "overdue": self.overdue,
                "overdue_share": self.overdue_share,
                "overdue_days_share": self.overdue_days,
            },
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Figures:
        """What `plain` gave."""
        dials, contact, lost, sla = plain["dials"], plain["contact"], plain["lost"], plain["sla"]
        return cls(
            playbook=plain["playbook"],
            title=plain["title"],
            managers=plain["managers"],
            leads=plain["leads"],
            dials=dials["total"],
            dials_per_lead=dials["per_lead"],
            dials_per_manager_day=dials["per_manager_day"],
            load=plain["load"],
            reached=contact["reached"],
            contact_rate=contact["rate"],
            called_back=contact["called_back"],
            lost=lost["leads"],
            lost_share=lost["share"],
            unfinished=lost["unfinished"],
            qualified=plain["qualified"]["leads"],
            qualified_share=plain["qualified"]["share"],
            first_in_time=sla["first_in_time_share"],
            median_wait=sla["wait_median_minutes"],
            long_wait=sla["wait_p90_minutes"],
            tasks=sla["tasks"],
            overdue=sla["overdue"],
            overdue_share=sla["overdue_share"],
            overdue_days=sla["overdue_days_share"],
            peak_hour=dials["peak_hour"],
            by_hour={int(hour): count for hour, count in dials["per_manager_day_by_hour"].items()},
            by_dial=tuple(contact["rate_by_dial"]),
        )


def figures(playbook: str, title: str, parameters: Parameters, tally: Tally) -> Figures:
    """The figures of all managers' counts."""
    p = parameters
    spent = (tally.misses * p.miss_minutes + tally.talks * p.talk_minutes) / (1 - p.leave - p.sick)
    hours = range(min(tally.hours, default=0), max(tally.hours, default=-1) + 1)
    reached, by_dial = 0, []
    for number in range(1, max(tally.dialled, default=0) + 1):
        reached += tally.reached_by[number]
        by_dial.append(_share(reached, tally.leads))
    return Figures(
        playbook=playbook,
        title=title,
        managers=p.staff,
        leads=tally.leads,
        dials=tally.dials,
        dials_per_lead=_share(tally.dials, tally.leads),
        dials_per_manager_day=_share(tally.misses + tally.talks, tally.days),
        load=_share(spent, tally.minutes),
        reached=tally.reached,
        contact_rate=_share(tally.reached, tally.leads),
        called_back=tally.called_back,
        lost=tally.lost,
        lost_share=_share(tally.lost, tally.leads),
        unfinished=tally.leads - tally.reached - tally.lost,
        qualified=tally.qualified,
        qualified_share=_share(tally.qualified, tally.leads),
        first_in_time=_share(tally.first_kept, tally.leads),
        median_wait=_quantile(tally.waits, 0.5),
        long_wait=_quantile(tally.waits, 0.9),
        tasks=tally.tasks,
        overdue=tally.late,
        overdue_share=_share(tally.late, tally.tasks),
        overdue_days=_share(tally.late_days, tally.days),
        peak_hour=max(hours, key=lambda hour: (tally.hours[hour], -hour), default=0),
        by_hour={hour: _share(tally.hours[hour], tally.days) for hour in hours},
        by_dial=tuple(by_dial),
    )


def _share(part: float, whole: float) -> float:
    return round(part / whole, _DIGITS) if whole else 0.0


def _quantile(counts: Counter[int], share: float) -> int:
    """The least value that so large a share does not exceed; 0 of nothing."""
    wanted, seen = share * counts.total(), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            return value
    return 0
