"""The sandbox page in a real browser, against the sandbox's own servers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Visitor
from tests.browser.sandbox import MONDAY, Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.asyncio(loop_scope="module")]

KEYS = [
    [{"text": "Звоню", "callback_data": "calling", "style": "primary"}],
    [{"text": "Дозвонился", "callback_data": "reached"}, {"text": "Не дозвонился", "callback_data": "missed"}],
]


def phone(page: Page, number: int) -> Locator:
    return page.locator(".phone").nth(number)


def column(page: Page, title: str) -> Locator:
    return page.locator(".column", has=page.get_by_role("heading", name=title))


async def test_first_look_shows_the_board_the_phones_and_the_group(visitor: Visitor):
    page = await visitor.open()

    await expect(phone(page, 0).locator(".owner")).to_contain_text("Иван Соколов")
    await expect(phone(page, 1).locator(".owner")).to_contain_text("Анна Ковалёва")
    await expect(phone(page, 2).locator(".chat-head")).to_contain_text("6 участников")
    await expect(page.locator("#clock")).to_have_text("10:00:00пн, 23 ноября")
    card = column(page, "Недозвон на скоринг").locator(".card")
    await expect(card).to_have_count(1)
    await expect(card.locator(".due")).to_have_text("через 3 ч")


@pytest.mark.slow
async def test_message_shows_its_entities(visitor: Visitor, sandbox: Sandbox):
    at = int(MONDAY.timestamp()) + 26 * 3600
    await sandbox.say(
        sandbox.person("manager"),
        "<b>Новый лид</b> и <i>наклон <u>внутри</u></i>\n+74952223344 /today\n"
        f'<tg-time unix="{at}" format="wDt">завтра</tg-time> <tg-spoiler>тайна</tg-spoiler>\n'
        '<a href="https://example.org/a">памятка</a> <code>1 &lt; 2</code>\n'
        "<blockquote expandable>раз\nдва\nтри\nчетыре\nпять\nшесть</blockquote>",
    )
    page = await visitor.open()
    text = phone(page, 0).locator(".text")

    await expect(text.locator("b")).to_have_text("Новый лид")
    await expect(text.locator("i u")).to_have_text("внутри")
    await expect(text.locator("code")).to_have_text("1 < 2")
    await expect(text.locator("time")).to_have_text("вторник, 24 ноября, 12:00")
    await expect(text.get_by_role("link", name="+74952223344")).to_have_attribute("href", "tel:+74952223344")
    await expect(text.get_by_role("link", name="памятка")).to_have_attribute("href", "https://example.org/a")
    spoiler = text.get_by_role("button", name="Скрытый текст")
    await spoiler.click()
    await expect(text.locator(".spoiler.shown")).to_have_text("тайна")
    quote = text.locator("blockquote")
    folded = await quote.bounding_box()
    await text.get_by_role("button", name="Показать цитату целиком").click()
    opened = await quote.bounding_box()
    assert folded is not None
    assert opened is not None
    assert opened["height"] > folded["height"]


async def test_what_people_write_stays_text(visitor: Visitor, sandbox: Sandbox):
    page = await visitor.open()
    wild = "<img src=x onerror=alert(1)> <b>не жирно</b>"
    await phone(page, 0).get_by_role("textbox", name="Сообщение").fill(wild)
    await page.keyboard.press("Enter")

    await expect(phone(page, 0).locator(".mine .text")).to_have_text(wild)
    await expect(phone(page, 0).locator(".mine img, .mine b")).to_have_count(0)
    rows = await sandbox.get(f"/sandbox/chats/{sandbox.person('manager')}/messages?after=0")
    assert isinstance(rows, list)
    assert [(row["from_id"], row["text"]) for row in rows] == [(sandbox.person("manager"), wild)]


@pytest.mark.slow
async def test_secret_of_an_invitation_is_hidden(visitor: Visitor, sandbox: Sandbox):
    manager = sandbox.person("manager")
    await sandbox.post(f"/sandbox/chats/{manager}/messages", {"user_id": manager, "text": "/start s3cret"})
    page = await visitor.open()

    await expect(phone(page, 0).locator(".mine .text")).to_have_text("/start")


async def test_press_shows_the_answer_and_the_edited_message(visitor: Visitor, sandbox: Sandbox):
    manager = sandbox.person("manager")
    page = await visitor.open()
    await sandbox.say(manager, "Новый лид", KEYS)
    await expect(phone(page, 0).locator(".key.primary")).to_have_text("Звоню")

    async with sandbox.answering("Записано", edit="✅ Недозвон 1 из 6") as updates:
        await phone(page, 0).get_by_role("button", name="Не дозвонился").click()
        await expect(phone(page, 0).locator(".toast")).to_have_text("Записано")

    await expect(phone(page, 0).locator(".msg .text")).to_have_text("✅ Недозвон 1 из 6")
    await expect(phone(page, 0).locator(".stamp")).to_contain_text("изменено")
    await expect(phone(page, 0).locator(".key")).to_have_count(0)
    query = updates[0]["callback_query"]
    assert isinstance(query, dict)
    assert (query["data"], query["from"]["id"]) == ("missed", manager)


@pytest.mark.slow
async def test_alert_must_be_confirmed(visitor: Visitor, sandbox: Sandbox):
    await sandbox.say(sandbox.group, "30 мин без звонка", [[{"text": "Забираю", "callback_data": "take"}]])
    page = await visitor.open()
    await phone(page, 2).get_by_role("button", name="Дмитрий Орлов").click()

    async with sandbox.answering("Это задача Ивана С.", alert=True) as updates:
        await phone(page, 2).get_by_role("button", name="Забираю").click()
        alert = phone(page, 2).get_by_role("alertdialog")
        await expect(alert).to_contain_text("Это задача Ивана С.")
        await page.keyboard.press("Enter")
        await expect(alert).to_have_count(0)

    query = updates[0]["callback_query"]
    assert isinstance(query, dict)
    assert query["from"]["id"] == sandbox.person("director")


async def test_keys_of_every_kind(visitor: Visitor, sandbox: Sandbox):
    await sandbox.say(
        sandbox.person("manager"),
        "Ключи",
        [
            [{"text": "Адрес", "copy_text": {"text": "Москва, Примерная, 1"}}, {"text": "Назад", "disabled": {}}],
            [{"text": "CRM", "url": "https://example.org/lead/1"}],
            [{"text": "Удалить", "callback_data": "x", "style": "danger"}],
        ],
    )
    page = await visitor.open()
    mine = phone(page, 0)

    await mine.get_by_role("button", name="Адрес").click()
    await expect(page.get_by_role("status").filter(has_text="Скопировано")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == "Москва, Примерная, 1"
    await expect(mine.get_by_role("button", name="Назад")).to_be_disabled()
    await expect(mine.get_by_role("link", name="CRM")).to_have_attribute("href", "https://example.org/lead/1")
    await expect(mine.locator(".key.danger")).to_have_text("Удалить")


@pytest.mark.slow
async def test_unread_messages_are_counted(visitor: Visitor, sandbox: Sandbox):
    lawyer = sandbox.person("lawyer")
    page = await visitor.open()
    await sandbox.say(lawyer, "Свяжитесь с клиентом")
    badge = phone(page, 0).get_by_role("button", name="Юлия Право, юрист, новых: 1")
    await expect(badge).to_be_visible()

    await badge.click()

    await expect(phone(page, 0).locator(".msg .text")).to_have_text("Свяжитесь с клиентом")
    await expect(phone(page, 1).get_by_role("button", name="Юлия Право, юрист", exact=True)).to_be_visible()


@pytest.mark.slow
async def test_reading_older_messages_is_not_disturbed(visitor: Visitor, sandbox: Sandbox):
    manager = sandbox.person("manager")
    for number in range(30):
        await sandbox.say(manager, f"Дело {number}")
    page = await visitor.open()
    log = phone(page, 0).locator(".log")
    await expect(phone(page, 0).get_by_text("Дело 29", exact=True)).to_be_in_viewport()
    await log.evaluate("(node) => { node.scrollTop = 0; }")
    more = phone(page, 0).get_by_role("button", name="К последним сообщениям")
    await expect(more).to_be_visible()

    await sandbox.say(manager, "Срочное")

    await expect(more.locator(".count")).to_have_text("1")
    assert await log.evaluate("(node) => node.scrollTop") == 0
    await more.click()
    await expect(phone(page, 0).get_by_text("Срочное")).to_be_in_viewport()
    await expect(more).to_be_hidden()


@pytest.mark.slow
async def test_file_is_sent(visitor: Visitor, sandbox: Sandbox, tmp_path: Path):
    contract = tmp_path / "Договор.pdf"
    contract.write_bytes(b"%PDF-1.4 sample")
    page = await visitor.open()

    await phone(page, 0).locator("input[type=file]").set_input_files(contract)

    await expect(phone(page, 0).locator(".mine .paper")).to_have_text("Договор.pdf")


async def test_new_lead_reaches_the_crm_and_the_board(visitor: Visitor, sandbox: Sandbox):
    page = await visitor.open()
    step = page.locator("#hint li").first
    await expect(step).to_have_attribute("aria-current", "step")
    await page.get_by_role("button", name="+ лид с сайта").click()
    form = page.get_by_role("dialog", name="Новая заявка с сайта")
    await expect(form.get_by_label("Телефон")).to_have_value(re.compile(r"^\+7900000\d{4}$"))
    await form.get_by_label("Имя и фамилия").fill("Пётр Проверкин")
    await form.get_by_label("Телефон").fill("+79000001234")
    await form.get_by_label("Источник").select_option("PARTNER")
    await form.get_by_label("Ответственный").select_option(label="Анна Ковалёва")
    await form.get_by_role("button", name="Отправить заявку").click()

    await expect(column(page, "Новый лид").locator(".card")).to_contain_text("Пётр Проверкин")
    await expect(step).to_have_class("done")
    leads = await sandbox.crm("crm.lead.list", order={"ID": "DESC"}, select=["*", "PHONE"])
    assert isinstance(leads, list)
    newest = leads[0]
    assert (newest["NAME"], newest["LAST_NAME"], newest["SOURCE_ID"]) == ("Пётр", "Проверкин", "PARTNER")
    assert newest["PHONE"][0]["VALUE"] == "+79000001234"
    owner = await sandbox.crm("user.get", ID=newest["ASSIGNED_BY_ID"])
    assert isinstance(owner, list)
    assert owner[0]["LAST_NAME"] == "Ковалёва"


@pytest.mark.slow
async def test_hint_is_dismissed_for_good_and_called_back(visitor: Visitor):
    page = await visitor.open()
    hint = page.get_by_role("list", name="С чего начать")
    await hint.get_by_role("button", name="Понятно").click()
    await expect(hint).to_be_hidden()
    await visitor.open()
    await expect(hint).to_be_hidden()

    await page.get_by_role("button", name="Показать подсказку").click()

    await expect(hint).to_be_visible()


@pytest.mark.slow
async def test_board_follows_the_crm(visitor: Visitor, sandbox: Sandbox):
    page = await visitor.open()
    card = column(page, "Недозвон на скоринг").locator(".card")
    name = await card.get_attribute("data-name")
    assert name is not None
    client = await card.locator(".client b").inner_text()

    await sandbox.crm("crm.lead.update", id=int(name.removeprefix("lead-")), fields={"STATUS_ID": "SPAM"})

    await expect(card).to_have_count(0)
    spam = page.locator(".final", has_text="Спам")
    await spam.locator("summary").click()
    await expect(spam.locator(".card").first).to_contain_text(client)
    await page.get_by_role("tab", name="Сделки").click()
    await expect(column(page, "Встреча назначена")).to_be_visible()


async def test_card_is_opened_and_the_other_door_used(visitor: Visitor, sandbox: Sandbox):
    """The client's own call, a task closed past the bot, another stage and owner: as in the portal."""
    page = await visitor.open()
    card = column(page, "Недозвон на скоринг").locator(".card")
    number = int((await card.get_attribute("data-name") or "").removeprefix("lead-"))
    client = await card.locator(".client b").inner_text()
    dialog = page.get_by_role("dialog", name=client)
    await card.get_by_role("button", name=client).click()
    await dialog.get_by_role("button", name="Клиент перезвонил").click()
    await expect(dialog).to_be_hidden()
    where = {"OWNER_TYPE_ID": 1, "OWNER_ID": number, "TYPE_ID": 2, "DIRECTION": 1}
    calls = await sandbox.crm("crm.activity.list", filter=where)
    assert isinstance(calls, list)
    assert [call["COMPLETED"] for call in calls] == ["Y"]

    await card.get_by_role("button", name=client).click()
    await dialog.get_by_role("button", name="Закрыть задачу без анкеты").click()
    await expect(card.locator(".task")).to_have_count(0)

    await card.get_by_role("button", name=client).click()
    await dialog.get_by_label("Стадия").select_option(label="Дожим на скоринг")
    await dialog.get_by_label("Ответственный").select_option(label="Анна Ковалёва")
    await dialog.get_by_role("button", name="Сохранить в CRM").click()
    moved = column(page, "Дожим на скоринг").locator(f"[data-name=lead-{number}]")
    await expect(moved.get_by_title("Анна Ковалёва")).to_be_visible()


@pytest.mark.slow
async def test_moved_card_is_brought_into_view(visitor: Visitor, sandbox: Sandbox):
    await visitor.page.set_viewport_size({"width": 390, "height": 844})
    page = await visitor.open()
    await page.get_by_role("tab", name="Сделки").click()
    card = column(page, "Дожим на встречу").locator(".card")
    name = await card.get_attribute("data-name")
    assert name is not None

    await sandbox.crm("crm.deal.update", id=int(name.removeprefix("deal-")), fields={"STAGE_ID": "PAYMENT_NO_CONTACT"})

    moved = column(page, "Неконтакт на оплату").locator(".card")
    await expect(moved).to_be_in_viewport(ratio=1)
    assert await page.evaluate("window.scrollY") == 0


async def test_time_is_moved(visitor: Visitor, sandbox: Sandbox):
    page = await visitor.open()
    clock = page.locator("#clock b")

    await page.get_by_role("button", name="+15 мин").click()
    await expect(clock).to_have_text("10:15:00")
    await page.get_by_role("button", name="до события").click()
    await expect(clock).to_have_text("12:30:00")
    due = column(page, "Дожим на скоринг").locator(".due")
    await expect(due).to_have_text("пора")
    await page.get_by_role("button", name="+15 мин").click()
    await expect(due).to_have_text("просрочено 15 мин")
    await expect(due).to_have_attribute("data-state", "late")
    await page.get_by_role("button", name="завтра 9:00").click()
    await expect(page.locator("#clock")).to_have_text("09:00:00вт, 24 ноября")
    told = await sandbox.get("/sandbox/clock")
    assert isinstance(told, dict)
    assert told["now"].startswith("2026-11-24T06:00:00")


@pytest.mark.slow
async def test_time_moved_by_somebody_else_is_shown(visitor: Visitor, sandbox: Sandbox):
    page = await visitor.open()
    await sandbox.post("/sandbox/clock", {"advance": "PT1H"})

    await expect(page.locator("#clock b")).to_have_text("11:00:00")
    await expect(column(page, "Недозвон на скоринг").locator(".due")).to_have_text("через 2 ч")
    await expect(phone(page, 0).locator(".bar time")).to_have_text("11:00")


@pytest.mark.slow
async def test_keyboard_keeps_its_place_on_the_board(visitor: Visitor, sandbox: Sandbox):
    page = await visitor.open()
    tab = page.get_by_role("tab", name="Сделки")
    await tab.click()
    await expect(tab).to_be_focused()

    await sandbox.crm("crm.lead.add", fields={"NAME": "Вера", "STATUS_ID": "NEW"})

    await expect(page.get_by_role("tab", name="Лиды")).to_have_class("news")
    await expect(tab).to_be_focused()


@pytest.mark.slow
async def test_next_morning_skips_days_off(visitor: Visitor):
    page = await visitor.open()
    mornings = await page.evaluate(
        """async () => {
            const { nextMorning } = await import("/page/time.js");
            const at = ["2026-11-23T05:00:00Z", "2026-11-23T06:00:00Z", "2026-11-27T12:00:00Z", "2026-12-31T20:00:00Z"];
            return at.map((moment) => new Date(nextMorning(Date.parse(moment))).toISOString());
        }"""
    )

    assert mornings == [
        "2026-11-23T06:00:00.000Z",
        "2026-11-24T06:00:00.000Z",
        "2026-11-30T06:00:00.000Z",
        "2027-01-11T06:00:00.000Z",
    ]


async def test_crm_is_switched_off_and_on(visitor: Visitor, sandbox: Sandbox):
    page = await visitor.open()
    switch = page.get_by_role("switch", name="CRM")
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "false")
    await expect(page.get_by_text("CRM выключена")).to_be_visible()

    with visitor.forgiving():
        await page.get_by_role("button", name="+ лид с сайта").click()
        await page.get_by_role("button", name="Отправить заявку").click()
        await expect(page.get_by_role("alert")).to_contain_text("CRM сейчас выключена")
    await page.get_by_role("button", name="Отмена").click()
    await switch.click()
    await expect(page.get_by_text("CRM выключена")).to_be_hidden()

    assert await sandbox.get("/sandbox/faults") == []


@pytest.mark.slow
async def test_telegram_is_switched_off(visitor: Visitor, sandbox: Sandbox):
    page = await visitor.open()
    await page.get_by_role("switch", name="Telegram").click()

    await expect(phone(page, 0).locator(".who small")).to_have_text("ожидание сети…")
    faults = await sandbox.get("/sandbox/faults")
    assert isinstance(faults, list)
    assert [(fault["target"], fault["mode"]) for fault in faults] == [("telegram", "down")]


async def test_journal_shows_calls_as_they_come(visitor: Visitor, sandbox: Sandbox):
    manager = sandbox.person("manager")
    await sandbox.say(manager, "раньше")
    page = await visitor.open()
    await page.get_by_role("button", name="Журнал", exact=True).click()
    drawer = page.get_by_role("complementary", name="Журнал вызовов")
    await expect(drawer.locator("li")).to_have_count(1)

    await sandbox.crm("crm.lead.list", filter={"ID": 1})

    await expect(drawer.locator("li").first).to_contain_text("crm.lead.list")
    await drawer.get_by_label("Чьи вызовы").select_option("telegram")
    await expect(drawer.locator("li:visible")).to_have_count(1)
    await drawer.locator("li:visible summary").click()
    await expect(drawer.locator("li:visible pre").first).to_contain_text("раньше")
    await drawer.get_by_label("Искать в журнале").fill("нет такого")
    await expect(drawer.locator("li:visible")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(drawer).to_be_hidden()


@pytest.mark.slow
async def test_page_lives_on_without_the_stream(visitor: Visitor, sandbox: Sandbox):
    with visitor.forgiving():
        await visitor.page.route("**/sandbox/stream", lambda route: route.abort())
        page = await visitor.open()
        await sandbox.say(sandbox.person("manager"), "без потока")

        await expect(phone(page, 0).locator(".msg .text")).to_have_text("без потока")


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
async def test_nothing_sticks_out(visitor: Visitor, sandbox: Sandbox, width: int, height: int):
    await sandbox.say(sandbox.person("manager"), "Слово" * 60, KEYS)
    await visitor.page.set_viewport_size({"width": width, "height": height})
    page = await visitor.open()
    await expect(phone(page, 0).locator(".key")).to_have_count(3)

    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    shell = await phone(page, 0).locator(".shell").bounding_box()
    assert shell is not None
    assert shell["width"] >= 240
    assert shell["height"] >= 560


@pytest.mark.slow
async def test_every_control_has_a_name(visitor: Visitor, sandbox: Sandbox):
    await sandbox.say(sandbox.person("manager"), "Новый лид", KEYS)
    page = await visitor.open()
    await page.get_by_role("button", name="Журнал", exact=True).click()
    await page.get_by_role("button", name="+ лид с сайта").click()
    await expect(page.get_by_role("dialog")).to_be_visible()

    nameless = await page.locator("button, a[href], input:not([hidden]), select").evaluate_all(
        """(nodes) => nodes.filter((node) => !(
            node.closest("[hidden]") || node.textContent.trim() || node.getAttribute("aria-label") ||
            node.closest("label")
        )).map((node) => node.outerHTML)"""
    )

    assert nameless == []


@pytest.mark.slow
async def test_dark_scheme_is_dark(visitor: Visitor):
    page = await visitor.open()
    brightness = "Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])"
    light = await page.evaluate(brightness)
    await page.emulate_media(color_scheme="dark")
    dark = await page.evaluate(brightness)

    assert light > 200
    assert dark < 60
