"""What people on a big floor do with what their phones show. Mostly in time, sometimes late, sometimes not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.scenarios.crowd import SAYS_ENOUGH, Crowd, Phone, Told, keys
from tests.scenarios.crowd_hours import COMPANY, Hours

TYPED, TIME, ANYBODY = "✎ ", "⏱", "👤"
CLIENT = re.compile(r"Клиент\d{4}")
_QUICK = re.compile(r"^(сегодня|завтра|пн|вт|ср|чт|пт) \d\d:\d\d$|^через \d+ (?:ч|мин)")
_PATIENCE = 3
"""Minutes for which a key that is not there yet is waited for."""
_FAR = f"{TYPED}{{far}} в 12:00 → Верно → Вахта"

Script = tuple[int, str]
"""How often, and what is pressed."""
LEAD: tuple[Script, ...] = (
    (46, "Не дозвонился"),
    (5, "Не дозвонился → MAX"),
    (4, "Звоню → Не дозвонился"),
    (9, f"Просит перезвонить → {TIME}"),
    (2, "Просит перезвонить → Время не назвал"),
    (1, f"Просит перезвонить → {_FAR}"),
    (3, f"Дозвонился → Больше 1 млн → Встреча в офисе → {TIME}"),
    (3, f"Звоню → Дозвонился → 250–500 тыс. → Видеовстреча → {TIME}"),
    (2, f"Дозвонился → 500 тыс.–1 млн → Консультация по телефону → {TIME}"),
    (2, f"Дозвонился → До 250 тыс. → Пока не готов → Дорого → {TIME}"),
    (2, f"Дозвонился → Больше 1 млн → Пока не готов → Не доверяет → {TIME}"),
    (1, "Дозвонился → Больше 1 млн → Отмена"),
    (3, "Дозвонился → До 250 тыс. → Отказался → Мала со слов клиента → ✅ Записать"),
    (2, "Дозвонился → До 250 тыс. → Отказался → Сумма по отчёту мала → ✅ Записать"),
    (4, "Дозвонился → Долгов нет → ✅ Записать"),
    (2, "Другой результат → Бросил трубку"),
    (2, "Другой результат → Спам → ✅ Записать"),
    (2, "Другой результат → Тест → ✅ Записать"),
    (1, "Другой результат → Просит не звонить → Не звонить и не писать → ✅ Записать"),
    (1, "Другой результат → Просит не звонить → Только переписка → ✅ Записать"),
    (2, "Другой результат → Ответил в мессенджере → Переписываемся"),
    (1, f"Передать → {ANYBODY}"),
)
DEAL: tuple[Script, ...] = (
    (3, "Не дозвонился"),
    (3, f"Записал на встречу → Офис → {TIME}"),
    (2, f"Просит перезвонить → Нет времени → {TIME}"),
    (1, "Закрыть сделку → Отказался → Причину не назвал → ✅ Записать"),
)
CARDS: Mapping[str, tuple[Script, ...]] = {
    "Дозвонился": LEAD,
    "Записал на встречу": DEAL,
    "Подтвердил": ((4, "Подтвердил"), (1, "Не ответил"), (1, f"Перенести → {TIME}")),
    "Пришёл": (
        (5, "Пришёл"),
        (1, "Опаздывает"),
        (1, f"Не пришёл → Перенести → {TIME}"),
        (1, "Не пришёл → Не берёт трубку"),
    ),
    "Договор и оплата": (
        (2, f"Договор и оплата → {TYPED}15000 → ✅ Записать"),
        (2, f"Договор без оплаты → {TIME}"),
        (2, f"Думает → Дорого → {TIME}"),
        (1, f"Повторная встреча → {TIME}"),
        (1, "Отказался → Причину не назвал → ✅ Записать"),
    ),
    "Подписал и оплатил": (
        (1, f"Подписал и оплатил → {TYPED}20000 → ✅ Записать"),
        (1, f"Подписал → {TIME}"),
        (2, f"Просит перезвонить → Дорого → {TIME}"),
        (2, "Не дозвонился"),
    ),
    "Оплатил часть": (
        (2, f"Оплатил → {TYPED}15000 → ✅ Записать"),
        (1, f"Заплатит позже → Нет времени → {TIME}"),
        (2, "Не дозвонился"),
    ),
    "Клиент на связи": ((3, "Не дозвонился"), (1, f"Ответил в мессенджере → Дал время → {TIME}")),
    "Ещё круг попыток": ((1, "Ещё круг попыток"),),
    "Просит не писать": ((2, "Не ответил"), (1, f"Ответил в мессенджере → Дал время → {TIME}")),
    "Связался": ((1, "Связался"),),
}
"""The key by which a card is known → what is done with it."""
DELAYS = ((72, (1, 9)), (16, (9, 18)), (7, (18, 50)), (3, (60, 240)), (2, (1500, 3000)))
"""How often, and after how many minutes a card is taken up."""
UNDONE = 0.02


@dataclass
class Clerk:
    """One person and his phone."""

    crowd: Crowd
    name: str
    phone: Phone
    dice: Random
    told: list[Told]
    delays: Sequence[tuple[int, tuple[int, int]]] = DELAYS
    plans: dict[tuple[str, str], datetime] = field(default_factory=dict)
    script: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    client: str = ""
    head: str = ""
    sign: str = ""
    times: list[datetime] = field(default_factory=list)
    message: int = 0
    waited: int = 0
    busy_until: datetime | None = None
    hours: Hours = COMPANY
    away: bool = False
    toasts: list[str] = field(default_factory=list)
    calls: list[tuple[datetime, str]] = field(default_factory=list)
    """When [Звоню] was pressed, and for whom: also where nothing was told of it yet."""
    left: list[str] = field(default_factory=list)
    """Why something was not carried to its end."""

    async def act(self, now: datetime) -> None:
        """One press at most."""
        if self.script:
            await self._go_on(now)
            return
        if not self._works(now) or (self.busy_until is not None and now < self.busy_until):
            return
        cards = self._cards(now)
        due = [(self.plans[key], key, message) for key, message in cards.items() if self.plans[key] <= now]
        if due:
            _, key, message = min(due, key=lambda one: (one[0], one[1]))
            self._begin(key, message)
            await self._go_on(now)

    async def think_again(self, now: datetime) -> bool:
        """[Исправить], within its minute."""
        last = self.told[-1] if self.told else None
        if last is None or last.who != self.name:
            return False
        receipt = next((one for one in self.phone.live() if "Исправить" in keys(one)), None)
        if receipt is None or last.client not in receipt["text"]:
            return False
        await self._press(receipt["message_id"], "Исправить")
        lasting = last.until_deal()
        self.told[-1:] = [*([lasting] if lasting is not None else []), replace(last, undone=True)]
        self.script.clear()
        return True

    def leave(self) -> None:
        """Whatever he is at, he goes home; what he has said is recorded as far as it went."""
        recorded = self.so_far()
        if recorded is not None:
            self.told.append(recorded)
        self.script.clear()
        self.away = True

    def _works(self, now: datetime) -> bool:
        return self.hours.is_open(now) and not self.away

    def _cards(self, now: datetime) -> dict[tuple[str, str], dict[str, Any]]:
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for message in self.phone.live():
            client, labels = CLIENT.search(message["text"]), keys(message)
            sign = next((sign for sign in CARDS if sign in labels), None)
            if client is None or sign is None or (sign == "Дозвонился" and "Другой результат" not in labels):
                continue
            key = (client[0], sign)
            if key not in found:
                found[key] = message
                self.plans.setdefault(key, now + self._delay())
        for key in [key for key in self.plans if key not in found]:
            del self.plans[key]
        return found

    def _delay(self) -> timedelta:
        least, most = self.dice.choices([span for _, span in self.delays], [often for often, _ in self.delays])[0]
        return timedelta(minutes=self.dice.randint(least, most))

    def _begin(self, key: tuple[str, str], message: dict[str, Any]) -> None:
        scripts = CARDS[key[1]]
        chosen = self.dice.choices([words for _, words in scripts], [often for often, _ in scripts])[0]
        self.script, self.pressed, self.waited = chosen.split(" → "), [], 0
        self.sign, self.times = key[1], []
        self.client, self.message, self.head = key[0], message["message_id"], message["text"].split("\n")[0]
        del self.plans[key]

    async def _go_on(self, now: datetime) -> None:
        step, message = self.script[0], self._card()
        if step.startswith(TYPED):
            far = f"{now + timedelta(days=12):%d.%m.%Y}"
            body = {"user_id": self.crowd.people[self.name]["id"], "text": step.removeprefix(TYPED).format(far=far)}
            await self.crowd.post(f"/sandbox/chats/{self.phone.chat}/messages", body)
            self.pressed.append(step)
        else:
            found = self._find(step, keys(message))
            if found is None:
                self.waited += 1
                if self.waited > _PATIENCE:
                    await self._give_up(step, message)
                return
            said = await self._press(self.message, found)
            if said:
                self.toasts.append(f"{self.client}: {found}: {said}")
            self.pressed.append(found)
            if found == "Звоню":
                self.calls.append((now, self.client))
        self.times.append(now)
        self.script.pop(0)
        if not self.script:
            self.busy_until = now + timedelta(minutes=self.dice.randint(1, 6))
            self._tell(now)

    def _tell(self, at: datetime) -> None:
        self.told.append(self._said(at))

    def _said(self, at: datetime) -> Told:
        return Told(at, self.name, self.client, self.head, tuple(self.pressed), self.sign, tuple(self.times))

    def so_far(self) -> Told | None:
        """What is recorded already of what he is in the middle of."""
        enough = bool(self.script) and any(step in SAYS_ENOUGH for step in self.pressed)
        return self._said(self.times[-1]) if enough else None

    def _card(self) -> dict[str, Any]:
        """What he is answering: it may have come anew further down, since its time was near."""
        message = self.phone.messages[self.message]
        if not message["buttons"]:
            below = (one for one in self.phone.live() if one["message_id"] > self.message)
            message = next((one for one in below if self.client in one["text"]), message)
            self.message = message["message_id"]
        return message

    def _find(self, step: str, labels: Sequence[str]) -> str | None:
        if step == TIME:
            quick = [label for label in labels if _QUICK.search(label)]
            return self.dice.choice(quick) if quick else None
        if step == ANYBODY:
            return next((label for label in labels if label.split()[0] in self.crowd.people), None)
        return next((label for label in labels if label == step or label.startswith((f"{step} (", f"☐ {step}"))), None)

    async def _give_up(self, step: str, message: dict[str, Any]) -> None:
        self.left.append(f"{self.client}: no {step!r} among {keys(message)} of {message['text'][:80]!r}")
        self.script.clear()
        if any(step in SAYS_ENOUGH for step in self.pressed):  # somebody else ended the talk; this much was recorded
            self._tell(self.times[-1])
        if "Отмена" in keys(message):
            await self._press(self.message, "Отмена")

    async def _press(self, message: int, label: str) -> str:
        path = f"/sandbox/chats/{self.phone.chat}/messages/{message}/press"
        body = {"user_id": self.crowd.people[self.name]["id"], "text": label}
        answer = await self.crowd.post(path, body)
        return str((answer["answer"] or {}).get("text") or "")
