"""What people answer in the crash and outage tests, and what must be in the portal afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.scenarios.floor import Floor

MANAGERS = ("Иван", "Анна")


@dataclass(frozen=True, slots=True)
class Way:
    """The buttons of one questionnaire from the new lead's card to its receipt.

    Args:
        labels: pressed in this order.
        lead: the lead's stage in the portal afterwards.
        next_task: whether the lead has a further task.
        deal: the stage of the deal that was made, if one was.
    """

    labels: tuple[str, ...]
    lead: str
    next_task: bool = False
    deal: str | None = None


WAYS = (
    Way(("Не дозвонился",), "NO_ANSWER", next_task=True),
    Way(("Дозвонился", "До 250 тыс.", "Встреча в офисе", "завтра 10:00"), "CONVERTED", deal="MEETING"),
    Way(("Просит перезвонить", "завтра 10:00"), "FOLLOW_UP", next_task=True),
    Way(("Дозвонился", "Долгов нет", "✅ Записать"), "JUNK"),
    Way(
        ("Дозвонился", "Больше 1 млн", "Консультация по телефону", "завтра 18:00"),
        "CONVERTED",
        deal="MEETING_FOLLOW_UP",
    ),
    Way(("Другой результат", "Спам", "✅ Записать"), "SPAM"),
)


@dataclass(slots=True)
class Told:
    """One lead of the story and what was answered about it."""

    lead: int
    client: str
    phone: str
    who: str
    way: Way
    card: int = 0
    """The message that was answered, filled in by whoever answers."""

    @property
    def link(self) -> str:
        """As tasks name it."""
        return f"L_{self.lead}"


def client(number: int) -> str:
    """A name that no other client has a part of."""
    return f"Клиент Проба{number:02d}я"


async def arrive(floor: Floor, number: int, way: Way) -> Told:
    """A lead comes from the site; managers get them in turn, and nobody two meetings at the same time."""
    turn = number // len(WAYS)
    name, phone, who = client(number), f"+74952230{number:03d}", MANAGERS[(number + turn) % len(MANAGERS)]
    if way.deal == "MEETING" and turn >= len(MANAGERS):
        way = replace(way, labels=(*way.labels[:-1], "завтра 18:00"))
    told = Told(await floor.new_lead(name, phone, who), name, phone, who, way)
    await floor.advance("PT3S")  # the portal's limit on requests counts in business time
    return told


async def answer_all(floor: Floor, story: Sequence[Told]) -> None:
    """Every manager answers for every client, starting with the cards on the phone."""
    for who in MANAGERS:
        waiting = [told for told in story if told.who == who and told.card == 0]
        while waiting:
            told = await _next(floor, who, waiting)
            waiting.remove(told)
            for label in told.way.labels:
                await floor.press_message(who, told.card, label)


async def find_card(floor: Floor, who: str, waiting: Sequence[Told]) -> Told | None:
    """The first of these clients with a card on the phone; its message is noted down."""
    messages = await floor.messages(who)
    for told in waiting:
        for message in reversed(messages):
            if told.client in (message["text"] or "") and told.way.labels[0] in labels(message):
                told.card = int(message["message_id"])
                return told
    return None


def labels(message: Mapping[str, Any]) -> list[str]:
    """What is written on a message's buttons."""
    return [button["text"] for row in message["buttons"] or () for button in row]


async def _next(floor: Floor, who: str, waiting: Sequence[Told]) -> Told:
    """The next client to answer for; where no card is left on the phone, «Сегодня» brings one."""
    found = await find_card(floor, who, waiting)
    if found is None:
        await floor.say(who, "/today")
        await floor.press(who, "▶️ Начать с первого")
        found = await find_card(floor, who, waiting)
    assert found is not None, f"{who} finds nobody of {waiting}: {await floor.shows(who)}"
    return found
