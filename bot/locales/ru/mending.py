"""Words for a supervisor who corrects a recorded result or opens a closed client again."""

from __future__ import annotations

FIX = "Исправить результат"
RETURN = "Вернуть в работу"
TO_MANAGER = "Вернуть менеджеру"
SELF = "Отвечу сам(а)"
BACK_TO = "Вернуть: {name}"
BACK = "← Назад"
OTHER = "Другому…"

FIX_HEAD = "{client} · последний результат"
FIX_WHO = "{when}, {who}: {task}"
FIX_WHAT = "Ответ: {words}"
FIX_MOVED = "Стадия: «{old}» → «{new}»"
FIX_NEXT = "Дальше было: {task}, {when}"
FIX_WILL = "Этот ответ отменится, нынешняя задача закроется, анкету зададим заново. Кто ответит?"
FIX_LATEST = "Исправить можно только последний результат: из более ранних уже выросло то, что было дальше."
FIX_NOBODY = "Менеджера сейчас нет: ответить можете только вы."

RETURN_HEAD = "{client} – вернуть в работу"
RETURN_END = "Закончено: {end}"
RETURN_WHO = "Займётся: {name}"
RETURN_STAGE = "В какую стадию?"
RETURN_TO = "«{stage}»"
RETURN_NOBODY = "Ответственного нет в боте. Кому вернуть?"
RETURN_AWAY = "{name} сейчас не на связи. Кому вернуть?"
RETURN_WHOM = "Кому вернуть?"

ASKED_AGAIN = "Анкету задали заново. Отвечает: {name}"
RETURNED = "Снова в работе: «{stage}», {name}"
GIVEN_BACK = "Вернули. Отвечает: {name}"
"""Toasts."""
