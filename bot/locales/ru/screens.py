"""Words of cards, questionnaires, lists and notices. Playbooks bring their own words; these are the product's."""

from __future__ import annotations

# Buttons
CALLING = "Звоню"
HAND_OVER = "Передать"
HELP = "Нужна помощь"
CRM = "CRM"
BACK = "← Назад"
CANCEL = "Отмена"
RECORD = "✅ Записать"
CHANGE = "Изменить ответ"
FIX = "Исправить"
SKIP = "Пропустить"
DONE = "Готово"
RIGHT = "Верно"
OTHER_TIME_AGAIN = "Изменить"
CALENDAR = "Другое время"
UNNAMED = "Время не назвал"
WILL_CALL = "Сам наберёт"
OTHER_ZONE = "Другой пояс"
START_FIRST = "▶️ Начать с первого"
NEXT = "Следующий"
TOMORROW = "Завтра"
TODAY = "Сегодня"
REFRESH = "Обновить"
PICK_COLLEAGUE = "Кому передать?"

# Card
DUE = "до {time}"
HIS_TIME = "у него {time}"
BY_NUMBER = " (по номеру)"
ARRIVED = "заявка {moment}"
FIRST_TIME = "Обращается впервые"
ATTEMPT = "Попытка {number} из {total}"
NOT_REACHED = "Не брал: {list}"
WROTE = "Писали: {list}"
PROMISED = "Обещали {moment}"
OVERDUE = "⏰ Просрочено{wait}"
SINCE = "с {moment}"
STORY_SEPARATOR = " · "
NO_PHONE = "Телефона нет"
ONLY_WRITING = "✉️ Просил не звонить – только писать"
CALLED = "Звоните с {time}"
MEETING_IN = "через {left}"
MEETING_GOES_ON = "идёт"
MEETING_OVER = "закончилась"
YESTERDAY = "вчера {time}"
REMINDS = "Напомню {moment}"
ASKS = "Спрошу {moment}"
MATERIAL = "📎 {title}"
COPY_LETTER = "📋 Текст клиенту"
COPY_MATERIAL = "📋 Текст материала"
CLOSED_IN_CRM = "Задача закрыта в CRM без анкеты. Чем закончилось?"

# Questionnaire
PROGRESS = "{name} · {position} из {total}"
TYPE_TEXT = "Напишите ответ одним сообщением."
TYPE_PHONE = "Напишите номер одним сообщением."
TYPE_NUMBER = "Напишите число одним сообщением."
TYPE_DATE = "Или напишите: «вчера», «17.11»."
TYPE_TIME = "Или напишите: «завтра в 14», «пт 10:30»."
CHECK = "Проверьте"
TIME_ECHO = "{moment}{theirs} – верно?"
THEIRS = " (у клиента {time})"
PICK_DAY = "Выберите день"
MARK = "·"
MARKED_DAY_OFF = "Точка – нерабочий день."
MARKED_OUTSIDE = "Точка – вне часов: рабочих или клиента."
PICK_TIME = "{day}: во сколько?"
OUTSIDE_HOURS = "⚠️ Это вне рабочих часов."
CLIENT_ASLEEP = "⚠️ У клиента в это время {time}."
BEYOND_TOMORROW = "Дальше завтрашнего дня клиент остывает."
BUSY_SELF = "⚠️ В это время у вас встреча: {span}, {client}\nБлижайшее свободное:"
BUSY_SECOND = "⚠️ В это время занят {who}: {span}, {client}\nБлижайшее свободное:"
BUSY_DAY = "Занято: {list}"
BUSY_ANYWAY = "Всё равно {time}"
PICK_ZONE = "Где сейчас клиент?"
TYPE_ZONE = "Другое место напишите: «Берлин», «+5» к нашему времени, «UTC+3»"
ABROAD, AT_HOME = "За границей ›", "‹ Россия"
ZONE_SET = "Пояс: {zone}, у него {time}."
ZONE_NOW = "Сейчас считаем: {zone}, у него {time}."
WORN_OWN = "{misses} подряд за {within}. Похоже, ваш номер помечен как спам: наберите с другого номера."
WORN_TOLD = "{name}: {misses} подряд за {within}. Похоже, номер помечен как спам – нужен другой."
UNKNOWN_YEAR = "⚠️ Календарь праздников на {year} год ещё не введён: день мог стать нерабочим."
NO_DUPLICATES = "Других дел с этими контактами не нашли."

MONTHS = (
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
)

# Forms
FORM_LEFT = "Осталось {left} из {all}"
FORM_COMPLETE = "Всё заполнено, проверьте"
FORM_OPTIONAL = " (не обязательно)"
FORM_TODAY = "{name}: сегодня"
FORM_OTHER_DAY = "Другой день"
SEND_FILES_HERE = "Пришлите фото или PDF сюда"
SEND_FILES = "Пришлите сюда, можно несколько сразу: {types}, до {limit} МБ каждый"
LOADING = "загружаю {number} из {count} …"
DAY_TODAY = "Сегодня"
DAY_YESTERDAY = "Вчера"

# Receipts
NOBODY = "ответственного нет"
RECORDED_BY = "Записал(а): {name}"
RECORDED = "✅ Записано"
PASSING = (", осталось ", ", срок сейчас", " · через ", " · идёт")
"""Where the part of a headline begins that is true for a moment only."""
CRM_AWAY = "CRM сейчас недоступна – внесу сам, ничего делать не нужно"
JOINED_TO = "{told} (у вас: {name})"
NEXT_COMES = "Дальше: "

# Toasts
CARD_CLOSED = "Эта карточка уже закрыта."
STALE = "Кнопка устарела: карточка уже изменилась."
FOREIGN = "Это задача другого менеджера: {name}"
PICK_ANEW = "Кнопки были нарисованы раньше, теперь время на них новое. Выберите ещё раз."
UNKNOWN_BUTTON = "Эта кнопка больше не действует."
ALREADY = "Уже записано."
FIX_OVER = "Исправить можно в течение минуты. Если ошиблись – скажите руководителю."

# A stage that was set by hand
SET_BY_HAND = "{who} в CRM: стадия «{stage}». Она – с согласия."
SOMEBODY = "Кто-то"
STOOD_AT = "Было: «{stage}»"
AGREE = "Согласен"
SEND_BACK = "Вернуть"
APPROVED = "Согласовано: {who}, {time}"
SENT_BACK = "Вернули в «{stage}»: {who}, {time}"
APPROVAL_OVER = "Стадию сменили ещё раз, {time}"
APPROVAL_GONE = "Уже решено: клиент стоит в другой стадии."
NOT_TO_DECIDE = "Это решает другой сотрудник."

# What a former owner has begun
CONTINUE = "Продолжить"
BEGIN_ANEW = "Начать заново"
DRAFT = "{name} уже ответил(а): {answers}"

# The client himself has called
HEARD = {"call": "Звонил сам {moment}", "message": "Написал сам {moment}"}
PLANNED = "Было намечено: {task}, {time}"
LEAVE = "Оставить как было"

# Lists
TODAY_HEAD = "Сегодня {count}"
TODAY_OVERDUE = " · просрочено {count}"
TODAY_NEXT = " · след. в {time}"
LATE_MARK = "⏰"
TODAY_EMPTY = "На сегодня задач нет. Новые придут сюда сами."
AHEAD_HEAD = "{day} {count}"
AHEAD_EMPTY = "На {day} пока ничего."
MORE = "…и ещё {count}"
IN_TODAY = " → /today"
NIGHT = "Доброе утро! За ночь {count}. Свежие первыми, карточки пойдут по одной."
MANY_AT_ONCE = "Накопилось: {count}. Самые срочные – ниже, все – в /today."

# Shared calendar
CALENDAR_HEAD = "🤝 Встречи: {when}"
CALENDAR_DAYS = {"today": "сегодня", "tomorrow": "завтра", "week": "7 дней"}
CALENDAR_EMPTY = "Встреч нет."
CALENDAR_ROW = "{span} {client}{place} – {people}"
CALENDAR_BUTTON = "🤝 Встречи"

# Supervisors' board
BOARD_HEAD = "{title} · {time}"
BOARD_OVERDUE = "🔴 Просрочено {count} · старейшее {age}"
BOARD_BELOW = "Табло – ниже."
BOARD_CLEAR = "🟢 Просрочек нет"
BOARD_AWAY = "{name} (нет на работе)"
BOARD_PERSON = "{name}  {overdue}{oldest}  сегодня {today}, сделано {done}"
BOARD_OLDEST = " (старшее {age})"
BOARD_UNTOLD = "без анкеты"
BOARD_UNLINKED = "Нет исполнителя в боте: {count}"
