"""«Дано» and «Когда»: what people do on phones and in the CRM, and what the machines do meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.scenarios.shop import polling_alone
from tests.scenarios.story_forms import says
from tests.scenarios.story_names import moment, span
from tests.scenarios.story_world import World

_SOURCES = {"с сайта": "WEB", "по звонку": "CALL", "с почты": "EMAIL", "от партнёра": "PARTNER", "из БДТ": "BDT"}


@says("Дано", "лид ИСТОЧНИК «КЛИЕНТ», менеджер КТО", "лид ИСТОЧНИК «КЛИЕНТ», менеджер КТО, телефон ТЕЛЕФОН")
@says("Когда", "приходит лид ИСТОЧНИК «КЛИЕНТ», менеджер КТО")
@says("Когда", "приходит лид ИСТОЧНИК «КЛИЕНТ», менеджер КТО, телефон ТЕЛЕФОН")
async def a_lead(world: World, source: str, client: str, who: str, phone: str | None = None) -> None:
    """The lead comes in; without a phone in the sentence it has one of its own."""
    await world.new_lead(client, who, _SOURCES[source], phone)


@says("Дано", "лид ИСТОЧНИК «КЛИЕНТ» без телефона, менеджер КТО")
async def a_lead_without_phone(world: World, source: str, client: str, who: str) -> None:
    """Nobody can call this client."""
    await world.new_lead(client, who, _SOURCES[source], "")


@says("Дано", "в CRM сделка «КЛИЕНТ» на стадии «ТЕКСТ», менеджер КТО")
async def a_deal(world: World, client: str, text: str, who: str) -> None:
    """Entered by hand, past the bot."""
    await world.new_deal(client, who, text)


@says("Когда", "речь о клиенте «КЛИЕНТ»")
async def meant(world: World, client: str) -> None:
    """From now on this client is meant."""
    world.mean(client)


# Phones ---------------------------------------------------------------------------------------------------------------


@says("Когда", "КТО жмёт [КНОПКИ]")
async def presses(world: World, who: str, buttons: str) -> None:
    """One button after another; texts may stand between them."""
    await world.follow(who, buttons)


@says("Когда", "КТО пишет «ТЕКСТ»")
async def writes(world: World, who: str, text: str) -> None:
    """A message to the bot."""
    await world.floor.say(who, text)


@says("Когда", "КТО жмёт [КНОПКА] в последнем сообщении")
async def presses_newest(world: World, who: str, button: str) -> None:
    """Of a list or of a card that a list has opened, whoever it is about."""
    await world.press_newest(who, button)


@says("Когда", "КТО ещё раз жмёт [КНОПКА] на старой карточке")
async def presses_again(world: World, who: str, button: str) -> None:
    """As a slow phone does: the button is not there any more."""
    seen = world.seen_button(who, button)
    world.toast = await world.forge(who, *seen)


# The CRM --------------------------------------------------------------------------------------------------------------


@says("Когда", "в CRM ЛИД переводят на стадию «ТЕКСТ»")
async def stage_moved(world: World, kind: str, text: str) -> None:
    """By hand, past the bot, which has a minute to notice."""
    await _change(world, kind, **{_stage_field(kind): world.stage_code(kind, text)})
    await _noticed(world)


@says("Когда", "одновременно в CRM ЛИД переводят на стадию «ТЕКСТ», а КТО жмёт [КНОПКА]")
async def both_doors(world: World, kind: str, text: str, who: str, button: str) -> None:
    """The press is on its way before the bot can know."""
    changing = _change(world, kind, **{_stage_field(kind): world.stage_code(kind, text)})
    await asyncio.gather(changing, world.press(who, button))
    await _noticed(world)


@says("Когда", "в CRM ЛИД передают КОМУ")
async def owner_changed(world: World, kind: str, to: str) -> None:
    """Another responsible."""
    await _change(world, kind, ASSIGNED_BY_ID=world.floor.people[to]["crm_user_id"])
    await _noticed(world)


@says("Когда", "в CRM ЛИД удаляют")
async def deleted(world: World, kind: str) -> None:
    """Nothing is left of it."""
    await world.floor.portal(f"crm.{_entity(kind)}.delete", {"id": await world.number(kind)})
    await _noticed(world)


@says("Когда", "в CRM задачу закрывают")
async def task_closed(world: World) -> None:
    """Without a word about its result."""
    await world.floor.portal("tasks.task.complete", {"taskId": (await world.the_task())["id"]})
    await _noticed(world)


@says("Когда", "в CRM задачу удаляют")
async def task_deleted(world: World) -> None:
    """As if it had never been."""
    await world.floor.portal("tasks.task.delete", {"taskId": (await world.the_task())["id"]})
    await _noticed(world)


@says("Когда", "в CRM срок задачи переносят на МОМЕНТ")
async def deadline_moved(world: World, moment: str) -> None:
    """Another deadline."""
    due = _moment(world, moment)
    await _change_task(world, DEADLINE=due)


@says("Когда", "в CRM задачу передают КОМУ")
async def task_given(world: World, to: str) -> None:
    """Another responsible for the task."""
    await _change_task(world, RESPONSIBLE_ID=world.floor.people[to]["crm_user_id"])


# Machines and time ----------------------------------------------------------------------------------------------------


@says("Когда", "CRM недоступна")
async def portal_down(world: World) -> None:
    """Every call is dropped."""
    await world.break_wire("bitrix24", "down")


@says("Когда", "CRM теряет ответы")
async def portal_ambiguous(world: World) -> None:
    """It does what it is told and does not say so."""
    await world.break_wire("bitrix24", "ambiguous")


@says("Когда", "CRM отвечает медленно")
async def portal_slow(world: World) -> None:
    """Five seconds an answer."""
    await world.break_wire("bitrix24", "slow")


@says("Когда", "CRM снова доступна")
async def portal_up(world: World) -> None:
    """Healthy again; what waited arrives within two minutes."""
    await world.mend_wire("bitrix24")
    await world.floor.advance("PT2M")


@says("Когда", "CRM перестаёт присылать события")
async def no_events(world: World) -> None:
    """Only asking helps from now on."""
    polling_alone(world.floor)


@says("Когда", "Telegram недоступен")
async def telegram_down(world: World) -> None:
    """Nothing reaches a phone."""
    await world.break_wire("telegram", "down")


@says("Когда", "Telegram снова доступен")
async def telegram_up(world: World) -> None:
    """Healthy again; what waited arrives within two minutes."""
    await world.mend_wire("telegram")
    await world.floor.advance("PT2M")


@says("Когда", "бот выключен")
async def bot_off(world: World) -> None:
    """The process ends."""
    await world.stop_bot()


@says("Когда", "бот снова включён")
async def bot_on(world: World) -> None:
    """A new process on the same data."""
    await world.start_bot()
    await world.floor.advance("PT2M")


@says("Когда", "часы: МОМЕНТ")
async def clock(world: World, moment: str) -> None:
    """The clock moves through everything that is due until then."""
    await world.until(moment)


@says("Когда", "проходит СРОК")
async def time_goes_by(world: World, span: str) -> None:
    """So much later."""
    await world.wait(_span(span))


_span, _when = span, moment


def _moment(world: World, words: str) -> str:
    return _when(words, world.clock()).isoformat()


def _entity(kind: str) -> str:
    return "lead" if kind == "лид" else "deal"


def _stage_field(kind: str) -> str:
    return "STATUS_ID" if kind == "лид" else "STAGE_ID"


async def _change(world: World, kind: str, **fields: Any) -> None:
    params = {"id": await world.number(kind), "fields": fields}
    await world.floor.portal(f"crm.{_entity(kind)}.update", params)


async def _change_task(world: World, **fields: Any) -> None:
    params = {"taskId": (await world.the_task())["id"], "fields": fields}
    await world.floor.portal("tasks.task.update", params)
    await _noticed(world)


async def _noticed(world: World) -> None:
    await world.floor.idle()
    await world.floor.advance("PT1M")
