"""«Тогда»: what the portal, the phones and the group show."""

from __future__ import annotations

from datetime import datetime

from tests.scenarios.paths import labels
from tests.scenarios.story_forms import says
from tests.scenarios.story_names import said, said_with_date
from tests.scenarios.story_world import World, plain, steps

_ENTITY = {"лид": "lead", "сделк": "deal"}


def same(seen: object, wanted: object) -> None:
    """The two are equal, or the story says what there is instead."""
    assert seen == wanted, f"ждали «{wanted}», а там «{seen}»"


# The portal -----------------------------------------------------------------------------------------------------------


@says("Тогда", "стадия ЛИДА «ТЕКСТ»")
async def stage(world: World, kind: str, text: str) -> None:
    """Where it stands in the CRM."""
    world.stage_code(kind, text)
    same(world.stage_title(kind, (await world.item(kind))["stageId"]), text)


@says("Тогда", "открытая задача «ТЕКСТ» до МОМЕНТ")
async def open_task(world: World, text: str, moment: str) -> None:
    """The client's one open task, its title with or without the name."""
    task = await world.the_task()
    assert text in (task["title"], task["title"].partition(":")[0]), f"ждали «{text}», а там «{task['title']}»"
    due = datetime.fromisoformat(task["deadline"])
    today = f"{due:%H:%M}" if due.astimezone(world.clock().tzinfo).date() == world.clock().date() else ""
    near = said(due) if (due - world.clock()).days < 7 else ""
    assert moment in (today, near, said_with_date(due)), f"ждали срок «{moment}», а там «{said_with_date(due)}»"


@says("Тогда", "исполнитель задачи КТО")
async def responsible(world: World, who: str) -> None:
    """Whose task it is."""
    same(int((await world.the_task())["responsibleId"]), world.floor.people[who]["crm_user_id"])


@says("Тогда", "ответственный ЛИДА КТО")
async def owner(world: World, kind: str, who: str) -> None:
    """Whose lead or deal it is."""
    same((await world.item(kind))["assignedById"], world.floor.people[who]["crm_user_id"])


@says("Тогда", "открытых задач нет")
async def no_tasks(world: World) -> None:
    """Nothing of ours is open for this client."""
    same([task["title"] for task in await world.open_tasks()], [])


@says("Тогда", "задач всего ЧИСЛО")
async def tasks_in_all(world: World, count: str) -> None:
    """Closed ones included."""
    found = [task for link in await world.links() for task in await world.floor.tasks(link, open_only=False)]
    same(len(found), int(count))


@says("Тогда", "сделок ЧИСЛО")
async def deals_in_all(world: World, count: str) -> None:
    """That were made of the client's lead."""
    same(len(await world.deals()), int(count))


@says("Тогда", "в поле ЛИДА «ПОЛЕ» стоит «ТЕКСТ»")
async def field_holds(world: World, kind: str, field: str, text: str) -> None:
    """A field of ours in words; times as «вт 10 14:00»."""
    same(str((await _fields(world, kind)).get(_field_code(world, field))), text)


@says("Тогда", "поле ЛИДА «ПОЛЕ» пусто")
async def field_empty(world: World, kind: str, field: str) -> None:
    """Nothing stands in it."""
    same((await _fields(world, kind)).get(_field_code(world, field)), None)


@says("Тогда", "в ленте ЛИДА есть «ТЕКСТ»")
async def told_in_crm(world: World, kind: str, text: str) -> None:
    """A comment of the timeline says so."""
    found = await world.floor.comments(_ENTITY[kind], await world.number(kind))
    assert any(text in one for one in found), f"«{text}» нет в ленте:\n" + "\n---\n".join(found)


@says("Тогда", "записей в ленте ЛИДА ЧИСЛО")
async def comments_in_all(world: World, kind: str, count: str) -> None:
    """How many comments there are."""
    same(len(await world.floor.comments(_ENTITY[kind], await world.number(kind))), int(count))


# The phones -----------------------------------------------------------------------------------------------------------


@says("Тогда", "у КТО карточка с кнопками [КНОПКИ]")
async def card_with(world: World, who: str, buttons: str) -> None:
    """Among others."""
    shown = [plain(one) for one in labels(await world.card(who))]
    for button, _ in steps(buttons):
        assert button in shown, f"кнопки [{button}] нет; есть {shown}"


@says("Тогда", "у КТО в карточке нет кнопки [КНОПКА]")
async def card_without(world: World, who: str, button: str) -> None:
    """It is not offered."""
    shown = [plain(one) for one in labels(await world.card(who))]
    assert button not in shown, f"есть {shown}"


@says("Тогда", "у КТО в карточке «ТЕКСТ»")
async def card_says(world: World, who: str, text: str) -> None:
    """The newest message with buttons about the client."""
    found = (await world.card(who))["text"]
    assert text in found, f"ждали «{text}», а там:\n{found}"


@says("Тогда", "у КТО нет карточки")
async def no_card(world: World, who: str) -> None:
    """No message about the client has buttons."""
    name = world.client.name.rpartition(" ")[2]
    found = [one for one in await world.floor.messages(who) if one.get("buttons") and name in (one["text"] or "")]
    assert not found, f"есть карточка:\n{found[-1]['text']}" if found else ""


@says("Тогда", "у КТО сообщение «ТЕКСТ»", "в КТО сообщение «ТЕКСТ»")
async def told(world: World, who: str, text: str) -> None:
    """One of the messages in the chat says so."""
    found = [one["text"] or "" for one in await world.floor.messages(who)]
    assert any(text in one for one in found), f"«{text}» нет; последние:\n" + "\n---\n".join(found[-4:])


@says("Тогда", "у КТО нет сообщения «ТЕКСТ»", "в КТО нет сообщения «ТЕКСТ»")
async def not_told(world: World, who: str, text: str) -> None:
    """No message in the chat says so."""
    found = [one["text"] or "" for one in await world.floor.messages(who)]
    assert not any(text in one for one in found), f"«{text}» есть"


@says("Тогда", "ответ на нажатие «ТЕКСТ»")
async def toast(world: World, text: str) -> None:
    """What the last press was answered."""
    assert text in world.toast, f"ждали «{text}», а там «{world.toast}»"


async def _fields(world: World, kind: str) -> dict[str, object]:
    found = await world.portal.fields(_ENTITY[kind], await world.number(kind))
    return {key: ", ".join(value) if isinstance(value, list) else value for key, value in found.items()}


def _field_code(world: World, title: str) -> str:
    codes = {field.title: field.crm for field in world.playbook.fields.values()}
    assert title in codes, f"поля «{title}» нет; есть: {', '.join(codes)}"
    return codes[title].removeprefix("UF_CRM_DZ_")
