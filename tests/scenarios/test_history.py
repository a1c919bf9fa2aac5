"""What was said and tried before is at hand: on the card, one tap behind it, and with every call for help."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import labels, walk

NAME = "Проверкин"
CATALOG = Path(__file__).parents[2] / "bot" / "playbooks" / "catalog"


async def _panel(floor: Floor, tab: str, who: str = "Иван") -> str:
    await floor.press(who, tab, NAME)
    return str((await floor.card(who, NAME))["text"])


@pytest.mark.slow
async def test_repeated_client_comes_with_his_story(tmp_path: Path) -> None:
    """The card of a repeat lead tells the end, its reason and the debt; the history tells who said so."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead()
        await walk(floor, "Иван", NAME, "Дозвонился → До 250 тыс. → Отказался → Мала со слов клиента → ✅ Записать")
        await floor.at("2026-11-24T10:00")
        await floor.new_lead(owner="Анна")
        card = (await floor.card("Анна", NAME))["text"]
        assert "Был 22 дня назад: «Некачественный» – сумма мала со слов клиента · долги: до 250 тыс." in card
        history = await _panel(floor, "История", "Анна")
        assert "Был 22 дня назад: «Некачественный»" in history
        assert (
            "02.11 10:00 Иван С.: Дозвонился · До 250 тыс. · Отказался · Мала со слов клиента → «Некачестве" in history
        )
        assert history.index("Новая заявка, Сайт") < history.index("Был 22 дня"), "this lead comes first"
        await floor.press("Анна", "← К карточке", NAME)
        assert (await floor.card("Анна", NAME))["text"].splitlines()[1:] == card.splitlines()[1:]


async def test_panels_change_nothing_while_a_questionnaire_is_open(tmp_path: Path) -> None:
    """History, objections and the stage's help in the midst of the talk; answers given stay, words are still taken."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await walk(floor, "Иван", NAME, "Дозвонился → До 250 тыс. → Пока не готов → Другое")
        question = await floor.card("Иван", NAME)
        await walk(floor, "Иван", NAME, "Возражения → Дорого")
        answer = await floor.card("Иван", NAME)
        assert answer["message_id"] == question["message_id"]
        assert "платить можно частями" in answer["text"]
        await floor.press("Иван", "← Назад", NAME)
        stage = await _panel(floor, "О стадии")
        assert "Стадия «Новый лид»" in stage
        assert "Срок: 30 мин рабочего времени" in stage
        assert "Кто ведёт: Менеджер" in stage
        assert "увидит" in (await floor.press("Иван", "Нужна помощь", NAME) or "")
        await floor.press("Иван", "← К карточке", NAME)
        assert (await floor.card("Иван", NAME))["text"] == question["text"]
        await floor.press("Иван", "Возражения", NAME)
        await floor.say("Иван", "ждёт решения суда")
        await floor.press("Иван", "завтра 10:00", NAME)
        assert any("ждёт решения суда" in one for one in await floor.comments("lead", lead))


async def test_boxes_stay_ticked_under_a_panel(tmp_path: Path) -> None:
    """What is ticked and not yet sent survives a look at the objections."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead()
        await walk(floor, "Иван", NAME, "Дозвонился → 250–500 тыс. → Отказался → Дорого → Закрыть сделку")
        await walk(floor, "Иван", NAME, "Нет возможности оплатить → ☐ Занять негде")
        ticked = labels(await floor.card("Иван", NAME))
        assert "☑ Занять негде" in ticked
        await walk(floor, "Иван", NAME, "Возражения → История → ← К карточке")
        assert labels(await floor.card("Иван", NAME)) == ticked


@pytest.mark.slow
async def test_promise_card_tells_the_last_words_and_who_heard_them(tmp_path: Path) -> None:
    """The follow-up card tells what was said when; after a hand-over also to whom. Taken-back words are gone."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead()
        await walk(floor, "Иван", NAME, "Дозвонился → До 250 тыс. → Пока не готов → Советуется с семьёй → завтра 10:00")
        await floor.at("2026-11-03T10:00")
        card = (await floor.card("Иван", NAME))["text"].splitlines()
        assert card[3:5] == [
            "Пн 10:00: Дозвонился · Пока не готов",
            "Мешает: советуется с семьёй · долги: до 250 тыс.",
        ]
        await walk(floor, "Иван", NAME, "Просит перезвонить → сегодня 17:30 → Исправить")
        assert (await floor.card("Иван", NAME))["text"].splitlines()[3] == card[3]
        assert "Просит перезвонить" not in await _panel(floor, "История")
        await walk(floor, "Иван", NAME, "← К карточке → Передать → Анна Ковалёва")
        assert "Пн 10:00 Иван С.: Дозвонился · Пока не готов" in (await floor.card("Анна", NAME))["text"]
        history = await _panel(floor, "История", "Анна")
        assert "10:00 Иван С.: Передано: Иван С. → Анна К." in history
        assert "пн 10:00 Иван С.: Дозвонился · До 250 тыс. · Пока не готов · Советуется с семьёй" in history


@pytest.mark.slow
async def test_supervisor_who_is_asked_for_help_gets_the_history(tmp_path: Path) -> None:
    """The call for help carries attempts, messengers and moves; what is advised becomes part of it."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await walk(floor, "Иван", NAME, "Не дозвонился → MAX")
        await floor.advance("PT40M")
        await floor.press("Иван", "Не дозвонился", NAME)
        await floor.at("2026-11-03T15:00")
        await floor.press("Иван", "Нужна помощь", NAME)
        call = await floor.card("Ольга")
        text = call["text"]
        assert text.startswith("🆘 Иван Соколов просит помощи: Пётр Проверкин, недозвонов 2\n+74952223344\n")
        assert "пн 10:00 Иван С.: Не дозвонился (попытка 1) · MAX → «Недозвон на скоринг»" in text
        assert "Не дозвонился (попытка 2)" in text
        await floor.press("Ольга", "Ответить")
        await floor.say("Ольга", "Позвоните с другого номера")
        history = await _panel(floor, "История")
        assert "Ольга Р.: советует: «Позвоните с другого номера»" in history
        assert "Иван С.: просит помощи руководителя" in history

        await floor.portal("crm.item.update", {"entityTypeId": 1, "id": lead, "fields": {"stageId": "NEW"}})
        await floor.idle()
        assert "№ 1 в CRM: «Недозвон на скоринг» → «Новый лид»" in await _panel(floor, "История")


@pytest.mark.slow
async def test_long_history_is_turned_page_by_page(tmp_path: Path) -> None:
    """Ten lines a page, newest first; on the supervisor's phone as well."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead()
        for colleague in ("Анна", "Иван") * 6:
            owner = "Иван" if colleague == "Анна" else "Анна"
            name = floor.people[colleague]["name"]
            await walk(floor, owner, NAME, f"Передать → {name}")
        assert "История, 1 из 2" in await _panel(floor, "История")
        assert "Новая заявка" in await _panel(floor, "Раньше ›")
        await walk(floor, "Иван", NAME, "‹ Позже → ← К карточке → Нужна помощь")
        assert "Новая заявка" not in (await floor.card("Ольга"))["text"]
        await floor.press("Ольга", "Раньше ›")
        assert "Новая заявка" in (await floor.card("Ольга"))["text"]


async def test_a_panel_that_is_being_read_stays_when_time_passes(tmp_path: Path) -> None:
    """The card's own minutes go on above it; an old tab of an answered task gets one line."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead()
        await floor.press("Иван", "О стадии", NAME)
        await floor.advance("PT16M")
        panel = await floor.card("Иван", NAME)
        assert panel["text"].startswith("⏰ Просрочено")
        assert "Стадия «Новый лид»" in panel["text"]
        old = next(one["data"] for row in panel["buttons"] for one in row if one["text"] == "История")
        await walk(floor, "Иван", NAME, "← К карточке → Не дозвонился")
        path = f"/sandbox/chats/{await floor.chat('Иван')}/messages/{panel['message_id']}/press"
        shown = await floor.messages("Иван")
        for data, toast in ((old, "Уже записано."), (f"{old}.99999999999999999", "Уже записано.")):
            answer = await floor.post(path, {"user_id": floor.people["Иван"]["id"], "data": data})
            assert answer["answer"]["text"] == toast
        assert await floor.messages("Иван") == shown


@pytest.mark.slow
async def test_hidden_phones_are_hidden_everywhere(tmp_path: Path) -> None:
    """Where the playbook masks phones, names are short too, and a number comes back for one look."""
    text = (CATALOG / "bankruptcy.yaml").read_text(encoding="utf-8")
    masked = tmp_path / "masked.yaml"
    masked.write_text(text.replace("phones_in_cards: full", "phones_in_cards: masked"), encoding="utf-8")
    async with Floor(tmp_path, "2026-11-02T10:00", playbook=str(masked)) as floor:
        await floor.new_lead()
        card = await floor.card("Иван", "Пётр П.")
        assert "+7 495 ···-33-44" in card["text"]
        await floor.press("Иван", "Показать номер", "Пётр П.")
        shown = await floor.card("Иван", "Пётр П.")
        assert "+74952223344" in shown["text"]
        assert "Показать номер" not in labels(shown)
        steps = "Другой результат → Ответил не клиент → Дал другой номер → ✎ 8 916 123-45-67"
        await walk(floor, "Иван", "Пётр П.", steps)
        await floor.advance("PT15M")
        await floor.press("Иван", "История", "Пётр П.")
        assert "+7 916 ···-45-67" in (await floor.card("Иван", "Пётр П."))["text"]
        await floor.press("Иван", "Нужна помощь", "Пётр П.")
        texts = [
            one["text"]
            for who in ("Иван", "Ольга")
            for one in await floor.messages(who)
            if one["from_id"] != floor.people[who]["id"]
        ]
        assert any("🆘 Иван Соколов просит помощи: Пётр П." in text for text in texts)
        assert not [text for text in texts if "Проверкин" in text or "123-45" in text or "1234567" in text]


PHONE = "+74952223344"


async def _before_us(floor: Floor) -> None:
    """A lead that ended in a stage of the portal's own, a colleague who is not there any more, a lost deal."""
    stage = {"ENTITY_ID": "STATUS", "STATUS_ID": "GONE", "NAME": "Ушёл в МФЦ &quot;сам&quot;", "SEMANTICS": "F"}
    await floor.portal("crm.status.add", {"fields": stage})
    phone = [{"VALUE": "8 (495) 222-33-44", "VALUE_TYPE": "WORK"}]
    lead = {"TITLE": "Старая заявка", "NAME": "Пётр", "STATUS_ID": "GONE", "ASSIGNED_BY_ID": 5, "PHONE": phone}
    old = await floor.portal("crm.lead.add", {"fields": {**lead, "STATUS_DESCRIPTION": "Считает, что дорого"}})
    await _say_in_crm(floor, "lead", old, "[B]Жена против[/B], перезвонить весной", 5)
    call = {
        "OWNER_TYPE_ID": 1,
        "OWNER_ID": old,
        "TYPE_ID": 2,
        "DIRECTION": 2,
        "SUBJECT": "Исходящий",
        "RESPONSIBLE_ID": 3,
    }
    await floor.portal("crm.activity.add", {"fields": {**call, "START_TIME": "2026-11-02T09:00:00+03:00"}})
    await floor.advance("PT10M")
    contact = await floor.portal(
        "crm.contact.add", {"fields": {"NAME": "Пётр", "LAST_NAME": "Проверкин", "PHONE": phone}}
    )
    deal = {"TITLE": "Старая сделка", "STAGE_ID": "LOST_COMPETITOR", "CONTACT_ID": contact, "ASSIGNED_BY_ID": 3}
    lost = await floor.portal("crm.deal.add", {"fields": {**deal, "UF_CRM_DZ_REASON": "Ушёл к Праву и делу"}})
    await _say_in_crm(floor, "deal", lost, "Сравнивал цены", 3)
    await floor.advance("PT5M")


async def _say_in_crm(floor: Floor, kind: str, number: int, text: str, user: int) -> None:
    fields = {"ENTITY_ID": number, "ENTITY_TYPE": kind, "COMMENT": text}
    await floor.portal("crm.timeline.comment.add", {"fields": fields}, user)


async def _calls(floor: Floor, after: int = 0) -> list[str]:
    return [row["method"] for row in await floor.get(f"/sandbox/journal?target=bitrix24&after={after}")]


async def test_what_only_the_crm_knows_is_on_the_card_before_the_call(tmp_path: Path) -> None:
    """Records closed before the bot's time: on the card, in the history with their timelines, and in `/new`."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await _before_us(floor)
        lead = await floor.new_lead(owner="Анна")
        card = (await floor.card("Анна", NAME))["text"]
        assert "Был 5 мин назад: «Ушел к конкурентам» – ушёл к Праву и делу · отв. Анна К., раньше ещё 1" in card
        assert "впервые" not in card
        history = await _panel(floor, "История", "Анна")
        assert history.index("Новая заявка") < history.index("Ушел к конкурентам") < history.index("Ушёл в МФЦ")
        assert 'Был 15 мин назад: «Ушёл в МФЦ "сам"» – считает, что дорого · отв. Дмитрий О.' in history
        assert "Анна К.: Сравнивал цены" in history
        assert "Дмитрий О.: Жена против, перезвонить весной" in history
        assert "Анна К.: Звонок клиенту: Исходящий" in history
        await _say_in_crm(floor, "lead", lead, "Говорила с его женой", 1)
        await floor.press("Анна", "← К карточке", NAME)
        assert "Был 5 мин назад" in (await floor.card("Анна", NAME))["text"]
        await floor.press("Анна", "Не дозвонился", NAME)
        await floor.advance("PT40M")
        history = await _panel(floor, "История", "Анна")
        assert "Алла А.: Говорила с его женой" in history
        assert history.count("Не дозвонился") == 1, "our own comment in the timeline is not told twice"
        await floor.say("Иван", "/new")
        await floor.say("Иван", f"Пётр Проверкин {PHONE}")
        form = await floor.shows("Иван")
        assert 'Пётр · «Ушёл в МФЦ "сам"» – считает, что дорого · был 55 мин назад · Дмитрий О.' in form


async def test_a_card_does_not_wait_for_the_past(tmp_path: Path) -> None:
    """The portal does not say who has the number: the card comes at once, the history says so, both are completed."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await _before_us(floor)
        calls = await _calls(floor)
        assert "crm.duplicate.findbycomm" not in calls, "what was adopted is looked up when somebody asks"
        await floor.faults("bitrix24", "reject", methods=["crm.duplicate.findbycomm"])
        await floor.new_lead()
        assert "Был" not in (await floor.card("Иван", NAME))["text"]
        assert "CRM не отвечает" in await _panel(floor, "История")
        await floor.faults("bitrix24", "none")
        await floor.advance("PT2M")
        panel = (await floor.card("Иван", NAME))["text"]
        assert "«Ушел к конкурентам»" in panel
        assert "CRM не отвечает" not in panel
        await floor.press("Иван", "← К карточке", NAME)
        assert "мин назад: «Ушел к конкурентам»" in (await floor.card("Иван", NAME))["text"]
        before = len(await _calls(floor))
        for number in range(3):
            phone = [{"VALUE": f"+7916000000{number}", "VALUE_TYPE": "WORK"}]
            fields = {"TITLE": "Заявка", "NAME": "Новый", "ASSIGNED_BY_ID": 2, "PHONE": phone}
            await floor.portal("crm.lead.add", {"fields": fields})
        await floor.idle()
        calls = (await _calls(floor))[before:]
        assert calls.count("crm.duplicate.findbycomm") == 6
        assert calls.count("crm.timeline.comment.list") == 3, "their own timelines; nobody else has these numbers"
