"""Filling in a deal on the phone: answers in any order, photos and documents that end up in the CRM once."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from bot.services.filing import Filing
from tests.scenarios.floor import Floor
from tests.scenarios.paths import labels
from tests.scenarios.shop import Restarts

PLAYBOOK = str(Path(__file__).parent / "form.yaml")
PDF = b"%PDF-1.4 " + b"contract " * 20
CONTRACT, RECEIPT = "UF_CRM_DZ_FILE", "UF_CRM_DZ_RECEIPT"


def picture(shade: int = 0) -> bytes:
    """A small PNG; another shade is another file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes([shade]) * 8 for _ in range(8)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def deal(floor: Floor, title: str = "Пётр Проверкин", paid: int | None = 15000) -> int:
    """A paid deal of Иван's, whose form is on his phone."""
    fields: dict[str, Any] = {"TITLE": title, "STAGE_ID": "NEW", "ASSIGNED_BY_ID": floor.people["Иван"]["crm_user_id"]}
    if paid is not None:
        fields["UF_CRM_DZ_PAID"] = f"{paid}|RUB"
    number = await floor.portal("crm.deal.add", {"fields": fields})
    await floor.idle()
    return int(number)


async def held(floor: Floor, number: int, field: str) -> list[int]:
    """The numbers of the files that a field of the deal holds."""
    params = {"entityTypeId": 2, "id": number, "useOriginalUfNames": "Y"}
    item = (await floor.portal("crm.item.get", params))["item"]
    return [entry["id"] for entry in item[field]]


async def value(floor: Floor, number: int, field: str) -> Any:
    params = {"entityTypeId": 2, "id": number, "useOriginalUfNames": "Y"}
    return (await floor.portal("crm.item.get", params))["item"][field]


def floor_of(folder: Path, start: str = "2026-11-23T10:00") -> Floor:
    return Floor(folder, start, playbook=PLAYBOOK)


async def test_the_form_is_filled_in_any_order_and_then_handed_on(tmp_path: Path) -> None:
    async with floor_of(tmp_path) as floor:
        number = await deal(floor)
        text = await floor.shows("Иван")
        assert {"Осталось 5 из 6", "✅ Сумма: 15 000 ₽", "▫️ Договор"} <= set(text.split("\n"))
        assert "Передать юристу" not in labels(await floor.card("Иван"))

        await floor.press("Иван", "Дата: сегодня")
        await floor.press("Иван", "Процедура")
        await floor.press("Иван", "Судебная")
        await floor.press("Иван", "Номер")
        await floor.say("Иван", "БФ-17/2026")
        await floor.press("Иван", "📎 Договор")
        await floor.send("Иван", "Договор.pdf", PDF)
        assert "1 файл" in await floor.shows("Иван")
        await floor.press("Иван", "Готово")
        await floor.send("Иван", "чек.png", picture(), mime="image/png")
        await floor.press("Иван", "Готово")

        assert await value(floor, number, "UF_CRM_DZ_CONTRACT") == "БФ-17/2026"
        assert str(await value(floor, number, "UF_CRM_DZ_SIGNED")).startswith("2026-11-23")
        assert len(await held(floor, number, CONTRACT)) == len(await held(floor, number, RECEIPT)) == 1
        assert "Всё заполнено" in await floor.shows("Иван")
        await floor.press("Иван", "Передать юристу")
        assert await value(floor, number, "stageId") == "WON"
        assert "✅ Записано" in await floor.shows("Иван")
        (comment,) = await floor.comments("deal", number)
        assert {"Номер: БФ-17/2026", "Договор: 1 файл", "Процедура: Судебная"} <= set(comment.split("\n"))


async def test_an_album_goes_where_its_question_is_open(tmp_path: Path) -> None:
    async with floor_of(tmp_path) as floor:
        number = await deal(floor)
        await floor.press("Иван", "📎 Договор")
        await floor.faults("bitrix24", "down")
        for page in range(3):
            await floor.send("Иван", f"{page}.png", picture(page), mime="image/png", caption="Паспорт", album="77")
        assert "загружаю 1 из 3" in await floor.shows("Иван")
        await floor.faults("bitrix24", "none")
        await floor.advance("PT2M")
        assert len(await held(floor, number, CONTRACT)) == 3
        assert "загружаю" not in await floor.shows("Иван")
        assert "3 файла" in await floor.shows("Иван")
        assert await held(floor, number, RECEIPT) == []


async def test_a_file_that_was_taken_is_seen_to_be_taken(tmp_path: Path) -> None:
    """The paper has pushed the card up: it comes again below, and the old one has nothing to press."""
    async with floor_of(tmp_path) as floor:
        await deal(floor)
        await floor.press("Иван", "📎 Договор")
        before = await floor.card("Иван")
        newest = before
        for page in range(2):
            await floor.send("Иван", f"{page}.png", picture(page), mime="image/png")
            newest = (await floor.messages("Иван"))[-1]
            assert newest["from_id"] != floor.people["Иван"]["id"]
            assert "файл" in newest["text"]
            assert "Готово" in labels(newest)
        old = next(one for one in await floor.messages("Иван") if one["message_id"] == before["message_id"])
        assert old["text"].endswith("карточка ниже · 10:00")
        assert not labels(old)
        await floor.press("Иван", "Готово")
        assert (await floor.card("Иван"))["message_id"] == newest["message_id"]


async def test_files_of_several_clients_are_asked_about_once(tmp_path: Path) -> None:
    async with floor_of(tmp_path) as floor:
        first, second = await deal(floor), await deal(floor, "Анна Летова")
        await floor.send("Иван", "Договор.pdf", PDF)
        await floor.send("Иван", "Лист.pdf", PDF + b"2")
        question = await floor.card("Иван", "К чему отнести 2 файла?")
        assert len([label for label in labels(question) if "Договор" in label]) >= 2
        await floor.press("Иван", "Договор: Анна Л.", "К чему")
        assert len(await held(floor, second, CONTRACT)) == 2
        assert await held(floor, first, CONTRACT) == []
        (said,) = [one["text"] for one in await floor.messages("Иван") if "→" in (one["text"] or "")]
        assert said == "📎 2 файла → Договор: Анна Л."


async def test_what_will_not_do_is_said_at_once_and_loses_nothing(tmp_path: Path) -> None:
    async with floor_of(tmp_path) as floor:
        number = await deal(floor)
        await floor.press("Иван", "📎 Договор")
        for name, data, words in (
            ("вирус.exe", b"MZ", "Можно: PDF, JPG"),
            ("скан.pdf", b"<html>not found</html>", "не открывается"),
            ("большой.pdf", b"%PDF" + bytes(20 * 1024 * 1024), "до 20 МБ"),
        ):
            await floor.send("Иван", name, data)
            last = (await floor.messages("Иван"))[-1]["text"]
            assert words in last, last
        await floor.say("Иван", "вот договор")
        assert "Жду фото или документ" in (await floor.messages("Иван"))[-1]["text"]
        assert await held(floor, number, CONTRACT) == []
        await floor.send("Иван", "скан.pdf", PDF)
        assert len(await held(floor, number, CONTRACT)) == 1


@pytest.mark.slow
async def test_a_half_filled_form_is_there_two_days_later(tmp_path: Path) -> None:
    async with floor_of(tmp_path) as floor, Restarts(floor) as bot:
        number = await deal(floor)
        await floor.press("Иван", "Номер")
        await floor.say("Иван", "БФ-17")
        await floor.press("Иван", "📎 Договор")
        await floor.send("Иван", "Договор.pdf", PDF)
        await bot.stop()
        await floor.at("2026-11-25T11:00")
        await bot.start()
        await floor.say("Иван", "/today")
        await floor.press("Иван", "Начать с первого")
        text = (await floor.card("Иван", "Пётр"))["text"]
        assert "Пришлите сюда" in text  # the question that was open is open still
        await floor.press("Иван", "Готово", "Пётр")
        text = (await floor.card("Иван", "Пётр"))["text"]
        assert {"✅ Номер: БФ-17", "✅ Договор – 1 файл", "Осталось 3 из 6"} <= set(text.split("\n"))
        assert len(await held(floor, number, CONTRACT)) == 1


async def test_an_upload_whose_answer_was_lost_is_there_once(tmp_path: Path) -> None:
    async with floor_of(tmp_path) as floor:
        number = await deal(floor)
        await floor.press("Иван", "📎 Договор")
        await floor.faults("bitrix24", "ambiguous", methods=["crm.item.update"])
        await floor.send("Иван", "Договор.pdf", PDF)
        assert "загружаю 1 из 1" in await floor.shows("Иван")
        await floor.faults("bitrix24", "none")
        await floor.advance("PT2M")
        assert len(await held(floor, number, CONTRACT)) == 1
        assert "1 файл" in await floor.shows("Иван")


async def test_a_file_put_in_by_hand_in_the_crm_stays_and_counts(tmp_path: Path) -> None:
    async with floor_of(tmp_path) as floor:
        number = await deal(floor)
        by_hand = {CONTRACT: [["Скан.pdf", "JVBERi0xLjQ="]]}
        params = {"entityTypeId": 2, "id": number, "fields": by_hand, "useOriginalUfNames": "Y"}
        await floor.portal("crm.item.update", params)
        await floor.advance("PT1M")
        assert "✅ Договор – 1 файл" in await floor.shows("Иван")
        await floor.press("Иван", "✅ Договор")
        await floor.send("Иван", "Лист 2.pdf", PDF)
        assert len(await held(floor, number, CONTRACT)) == 2


async def test_the_question_where_files_belong_ends_with_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one commit: a crash in between would have left it there, and its files would go to the next client too."""
    async with floor_of(tmp_path) as floor:
        first = await deal(floor)
        await deal(floor, "Анна Летова")
        await floor.send("Иван", "Договор.pdf", PDF)

        async def dies(*_: object) -> None:
            raise RuntimeError("killed")

        monkeypatch.setattr(Filing, "_close", dies)
        await floor.press("Иван", "Договор: Пётр П.", "К чему")
        assert "К чему" not in "".join(one["text"] or "" for one in await floor.messages("Иван"))
        assert len(await held(floor, first, CONTRACT)) == 1
