"""Words of digests, reports and supervisors' views."""

from __future__ import annotations

CHART_LEGEND = ("закрыто", "ждут срока", "просрочено")
CHART_NOTHING = "Дел нет"
CHART_REST = "ещё {count}"
CHART_EVENING = "Задачи за {day}"
CHART_MORNING = "На сегодня, {day}"
CHART_FOOT = "Всего: {done} закрыто, {left} ждут срока, {overdue} просрочено"

EVENING = "{title} · итог: {day}"
SO_FAR = "{title} · сегодня к {time}"
MORNING = "{title} · {day}, открываемся"
WEEK = "{title} · неделя {first} – {last}"
RESULTS = "Записаны {booked}, пришли {held} из {due} · договоры {contracts}, оплаты {activated}"
FIRST_TOUCH = "Первый звонок ≤ {within}: {share}{usual}{night}"
USUAL = ", обычно {median}"
FIRST_TOUCH_NONE = "Новых лидов в рабочее время не было{night}"
FIRST_TOUCH_UNKNOWN = "Новых лидов {count}, о первом звонке судить пока не по чему{night}"
NIGHT = ", с ночи {count}"
SHARE = "{percent} % ({part} из {whole})"
PROMISES = "Обещания вовремя {kept} из {all}"
PROMISES_REST = " (поздно {late}, сорваны {broken})"
NO_PROMISES = "Обещанных звонков не было"
TASKS = "Задач закрыто {done}{late}{left}"
LEFT = ", осталось {left}{overdue}"
LATE = " (с опозданием {count})"
OVERDUE = ", из них просрочено {count}"
CONTACT = "Звонков {dials}, на связи {share}"
LOOK = "Посмотрите: {list}"
FAR = "далёкие сроки {count}"
FAR_REASONS = " ({list})"
CLOSED = "закрыто в CRM без анкеты {count}"
UNTOLD = " (без результата {count})"
MOVED = "стадии руками {count}"
NEXT_MEETINGS = "На {day} встреч {count}"
NOTHING = "Дел и новых лидов не было."

DUE = "Дел {count}{night}{overdue}"
DUE_NIGHT = ", новых за ночь {count}"
DUE_OVERDUE = ", просрочено {count}"
DUE_MEETINGS = "Встреч {count}"
DUE_PROMISES = "обещаний {count}"
DUE_UNCONFIRMED = ", не подтверждены {count}"
DUE_UNPAID = "без оплаты {count}{oldest}"
DUE_OLDEST = " (старший {age})"
DUE_OVER = "не поместятся {count}"
SPREAD = "Раздать"
PUT_OFF = "Сдвинуть"
SPREAD_ASKED = "Раздать {count}:"
PUT_OFF_ASKED = "Сдвинуть {count}:"
SPREAD_WHAT = "Клиенты переходят к коллегам, у которых есть место. Обещания и встречи остаются."
PUT_OFF_WHAT = "Только попытки по регламенту, на ближайший день с местом. Обещания, встречи и новые лиды остаются."
STAY = " Ещё {count} не поместятся и останутся как есть."
DEALT_ROW = "{owner} → {to}: {count}"
DEALT_MORE = "… и ещё {count}"
PLAN_CHANGED = "Пока вы смотрели, день изменился. Посмотрите ещё раз."
SPREAD_OK = "✅ Раздать {count}"
PUT_OFF_OK = "✅ Сдвинуть {count}"
DEAL_CANCEL = "Отмена"
SPREAD_TURN = "Роздано в день, в который не помещалось → {time}"
SPREAD_DONE = "Роздано {count} – {who}, {time}"
PUT_OFF_DONE = "Сдвинуто {count} – {who}, {time}"
DEALT = {
    "spread": "Уже роздано: {line}",
    "later": "Уже сдвинуто: {line}",
}
NOTHING_TO_SPREAD = "Раздать нечего: всё поместилось, или у коллег нет места."
NOTHING_TO_PUT_OFF = "Сдвинуть нечего: всё поместилось, или попыток по регламенту среди лишнего нет."
DAY_OVER = "Этот день уже прошёл."
NOT_IN_CRM = "Вас нет в CRM: раздать и сдвинуть от вашего имени не получится. Попросите администратора."
DUE_PERSON = "{name} {count}"

CSV_NAME = "dozvon-{first}-{last}.csv"
CSV_HEAD = (
    "День",
    "Менеджер",
    "Закрыто задач",
    "С опозданием",
    "Осталось",
    "Просрочено",
    "Новых лидов",
    "Из них с ночи",
    "Первый звонок измерен",
    "Первый звонок в срок",
    "Первый звонок, медиана, мин",
    "Звонков",
    "На связи",
    "Обещания вовремя",
    "Обещания поздно",
    "Обещания сорваны",
    "Встреч записано",
    "Пришли",
    "Договоры",
    "Оплаты",
    "Далёкие сроки",
    "Закрыто в CRM без анкеты",
    "Стадии руками",
)
CSV_ALL = "Все"
CSV_WEEK = "Неделя"
ONLY_LEADERS = "Это видят руководитель и директор."
PERIODS = {"": False, "сегодня": False, "день": False, "неделя": True, "неделю": True, "за неделю": True}
"""What may stand after /digest → whether it means seven days."""
WHICH_PERIOD = "Не понял «{words}». Можно: /digest – сегодня, /digest неделя"
"""What is typed after /digest for the last seven days."""
