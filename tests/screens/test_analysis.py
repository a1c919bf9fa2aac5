"""The analysis concludes nothing from too little, and one's own figures stand day by week."""

from __future__ import annotations

from bot.engine.figures import Figures, Share
from bot.screens.analysis import AttemptsView, FunnelView, LostAt, attempts, funnel
from bot.screens.digests import Marks, mine
from bot.screens.screen import LIMIT, plain, units


def test_where_clients_are_lost() -> None:
    lost = [LostAt("Новый лид", 12, {"Спам": 1, "Некачественный: долгов нет": 4})]
    text = plain(funnel(FunnelView(30, lost, Share(20, 40), Share(1, 3))).text)
    assert text.split("\n") == [
        "Где теряем клиентов, 30 дней",
        "Новый лид: потеряны 5 из 12",
        "   Некачественный: долгов нет 4",
        "   Спам 1",
        "Первый звонок и результат",
        "в срок: дошли до встречи 50 % (от 35 до 65), 20 из 40",
        "позже срока: дошли до встречи 1 из 3 – мало для вывода",
    ]
    many = [LostAt("Новый лид", 40, {f"Причина {number}": 7 - number for number in range(7)})]
    text = plain(funnel(FunnelView(30, many, Share(0, 0), Share(0, 0))).text)
    assert text.endswith("   Причина 2 5\n   Причина 3 4\n   прочее 6")  # the reasons add up to what is lost
    assert plain(funnel(FunnelView(30, [], Share(0, 0), Share(0, 0))).text).endswith("Пусто.")


def test_when_they_pick_up() -> None:
    by = {"number": [("попытка 1", Share(41, 120)), ("попытка 2", Share(3, 7))], "part": [("до 12", Share(29, 29))]}
    text = plain(attempts(AttemptsView(30, Share(44, 127), by)).text)
    assert text.startswith("Дозвон за 30 дней: 35 % (от 26 до 44), 44 из 127\nПо номеру попытки\nпопытка 1: 34 % (")
    assert "попытка 2: 3 из 7 – мало для вывода" in text
    assert "до 12: 29 из 29 – мало для вывода" in text
    assert "Меньше 30 звонков – без вывода" in text
    crowd = {by: [(f"Имя <{number}>" * 9, Share(9, 99)) for number in range(99)] for by in ("source", "manager")}
    text = attempts(AttemptsView(30, Share(1, 1), crowd)).text
    assert units(text) <= LIMIT
    thirty = {"manager": [(f"Менеджер {number:02} Я.", Share(40, 99)) for number in range(31)]}
    text = plain(attempts(AttemptsView(30, Share(31 * 40, 31 * 99), thirty)).text)
    assert "Менеджер 28 Я.: 40 %" in text
    assert "ещё 2: 40 % (от 33 до 48), 80 из 198\nМеньше 30 звонков" in text
    thirty["manager"][0] = thirty["manager"][7] = ("Новичок", Share(1, 4))
    text = plain(attempts(AttemptsView(30, Share(1, 4), thirty)).text)
    assert "Менеджер 30 Я.: 40 %" in text  # who is folded has the fewest calls
    assert "ещё 2: 2 из 8 – мало для вывода\nМеньше 30 звонков" in text


def test_ones_own_day_and_week() -> None:
    text = plain(mine("Иван Соколов", Figures(done=3, left=2), Figures(done=9, dials=5, reached=2), Marks({})).text)
    assert text.startswith("Мои показатели: Иван Соколов\nСегодня\nЗаписаны 0")
    assert "Задач закрыто 3, осталось 2" in text
    assert "Звонков 5, на связи 40 % (2 из 5)" in text


def test_a_share_is_none_or_all_only_where_it_is() -> None:
    shares = [Share(0, 0), Share(0, 9), Share(1, 999), Share(1, 8), Share(3, 8), Share(998, 999), Share(9, 9)]
    assert [share.percent for share in shares] == [0, 0, 1, 13, 38, 99, 100]
