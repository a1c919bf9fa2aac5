"""Words of supervisors' live views, of the analysis, and of one's own figures."""

from __future__ import annotations

PAGE = "{page} из {pages}"
REFRESH = "Обновить"
OLDER, NEWER = "Дальше ›", "‹ Назад"
NOTHING = "Пусто."

FLOOR = "Отдел к {time}"
FLOOR_ROW = "{name} – сегодня {today}, просрочено {overdue}{oldest}, сделано {done}{away}"
FLOOR_OLDEST = " (старшее {age})"
FLOOR_AWAY = " · нет до {until}"

PROMISES = "Обещанные звонки: вовремя {kept}, поздно {late}, сорваны {broken}"
PROMISE = "{when} {client} – {who}{late}"

BYPASSES = "Мимо анкет за семь дней: {count}"
BYPASS_CLOSED = "{when} {client} – {who}: задача закрыта в CRM без анкеты"
BYPASS_MOVED = "{when} {client} – {who}: стадия руками «{old}» → «{new}»"

STUCK = "Застряли: {over}, ничьих: {nobodys}"
STUCK_OVER = "{client} «{stage}» с {since} – {who}"
STUCK_NOBODYS = "❗ {client} «{stage}» с {since} – исполнителя в боте нет ({who})"

CASE_HELP = "Кого найти? Напишите после команды имя, телефон или ссылку: /case Петров"
CASE_ELSEWHERE = "Это клиент другого отдела. О нём знает руководитель: {names}"
CASE_NONE = "Никого не нашли. Попробуйте часть фамилии, телефон целиком или ссылку на карточку."
CASE_FOUND = "Нашли {count}. Кого открыть?"
CASE_MORE = "Показаны последние {count}, уточните запрос."
CASE_ROW = "{client} · {stage} · {who}"
CASE_HEAD = "{client} · «{stage}» · {who}"
CASE_NEXT = "Дальше: {task}, {when}"
CASE_CLOSED = "Закончено"
TELL = "Подсказать"
NOBODY_TO_TELL = "Подсказать некому: ответственного нет в боте."

FUNNEL = "Где теряем клиентов, {days} дней"
FUNNEL_STAGE = "{stage}: потеряны {lost} из {left}"
FUNNEL_REASON = "   {end} {count}"
OTHERS = "прочее"
FUNNEL_TOUCH = "Первый звонок и результат"
FUNNEL_TOUCH_ROW = "{speed}: дошли до встречи {share}"
FUNNEL_FAST, FUNNEL_SLOW = "в срок", "позже срока"

ATTEMPTS = "Дозвон за {days} дней: {share}"
ATTEMPTS_BY = {
    "number": "По номеру попытки",
    "part": "По времени у клиента",
    "source": "По источнику",
    "manager": "По менеджеру",
}
PARTS = {"morning": "до 12", "daytime": "12–16", "evening": "после 16"}
ATTEMPT = "попытка {number}"
AGREED = "обещанные звонки"
LATER = "попытка {number} и дальше"
NO_SOURCE = "источник не указан"
SHARE_ROW = "{name}: {share}"
SURE = "{percent} % (от {low} до {high}), {part} из {whole}"
SHARES_REST = "ещё {count}"
TOO_FEW = "{part} из {whole} – мало для вывода"
FEWEST = "Меньше {count} звонков – без вывода. В скобках – где доля лежит с уверенностью 95 %."

ME = "Мои показатели"
TODAY, WEEK = "Сегодня", "За семь дней"
ONLY_FLOOR = "Показатели есть у тех, кто работает с клиентами."
