"""The client's time zone, corrected by the manager on the card."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.engine.case import Case
from bot.engine.effects import Decision, Redraw
from bot.engine.events import ZoneSet
from bot.engine.rules import Rules
from bot.errors import ActionNotAllowed

UNKNOWN_ZONE: Final = "Такого часового пояса нет."
WHY_ZONE: Final = "Пояс клиента: {zone}"


def zone_set(rules: Rules, case: Case, event: ZoneSet) -> Decision:
    """What is shown and what is planned from now on follows the new zone.

    Raises:
        ActionNotAllowed: no zone has this name.
    """
    try:
        ZoneInfo(event.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ActionNotAllowed(UNKNOWN_ZONE) from None
    changed = replace(case, client=replace(case.client, zone=event.zone))
    return Decision(changed, (Redraw(),), WHY_ZONE.format(zone=event.zone))
