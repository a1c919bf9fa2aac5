"""The bot to be compared with: what one writes with aiogram alone. It keeps nothing: a crash loses every press."""

from __future__ import annotations

import asyncio
from typing import Any

from aiogram import Bot, Dispatcher, Router
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.keyboard import InlineKeyboardBuilder

from benchmarks.running import Report, Telegram
from benchmarks.telegram import BACK

TOKEN = "4242:plain-plain-plain"  # noqa: S105 - the local server takes any
LABEL = "Дозвонился"
_FIRST = (LABEL, "Не дозвонился", "Просит перезвонить", "Другой результат", "Передать", "Открыть в CRM")
_SECOND = ("Долгов нет", "До 250 тыс.", "250–500 тыс.", "Больше 500 тыс.", "Не говорит", f"← {BACK}")


class Choice(CallbackData, prefix="q"):
    """A button's data."""

    case: int
    step: int
    option: str


def _keyboard(case: int, step: int) -> InlineKeyboardMarkup:
    builder = InlineKeyboardBuilder()
    for index, label in enumerate((_FIRST, _SECOND)[step]):
        builder.button(text=label, callback_data=Choice(case=case, step=step, option=f"o{index}"))
    builder.adjust(2)
    return builder.as_markup()


def _text(case: int, step: int) -> str:
    head = (
        f"🆕 <b>Обработать лид</b> · до 10:15\n<b>Клиент {case}</b>\n+7 900 000 00 00 · Москва\nСайт · сегодня в 10:00"
    )
    return f"{head}\n\n{('Удалось связаться?', 'Шаг 2 из 4. Какая сумма долгов с процентами?')[step]}"


async def _press(query: CallbackQuery, callback_data: Choice) -> None:
    step = 1 - callback_data.step
    assert isinstance(query.message, Message)
    await query.message.edit_text(_text(callback_data.case, step), reply_markup=_keyboard(callback_data.case, step))
    await query.answer()


async def run_plain(telegram: Telegram, *, people: int, presses: int) -> Report:
    """One run of the plain bot."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram.address))
    bot = Bot(TOKEN, session=session, default=DefaultBotProperties(parse_mode="HTML"))
    router = Router()
    router.callback_query.register(_press, Choice.filter())
    dispatcher = Dispatcher()
    dispatcher.include_router(router)
    await telegram.forget(TOKEN)
    for person in range(1, people + 1):
        await bot.send_message(person, _text(person, 0), reply_markup=_keyboard(person, 0))
    before = asyncio.all_tasks()
    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False))
    try:
        await telegram.begin(TOKEN, people=people, presses=presses, label=LABEL)
        return await telegram.report(TOKEN)
    finally:
        await _end({polling, *asyncio.all_tasks()} - before)
        await bot.session.close()


async def _end(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel the poller's tasks until they end: aiogram passes over a cancellation that meets an answer."""
    while tasks:
        for task in tasks:
            task.cancel()
        tasks = (await asyncio.wait(tasks, timeout=0.5))[1]
