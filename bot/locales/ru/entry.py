"""Words of the form in which a client is entered by hand."""

from __future__ import annotations

# Who may
ONLY_FLOOR = "Завести клиента может менеджер или руководитель."
NO_CRM_USER = "Вас нет среди сотрудников CRM. Попросите администратора выдать новую ссылку-приглашение."
NOTHING_OFFERED = "В регламенте нет стадии, в которой вы могли бы завести клиента. Скажите администратору."

# The form
NEW_CLIENT = "➕ Новый клиент"
HEAD = "Новый клиент · {position} из {total}"
HEAD_NAMED = "Новый клиент: {name} · {position} из {total}"
ASK_NAME = "Как зовут клиента?"
TYPE_NAME = "Следующее ваше сообщение будет ответом. Можно сразу с номером: «Пётр Проверкин 8 916 123-45-67»."
ASK_PHONE = "Номер телефона?"
TYPE_PHONE = "Следующее ваше сообщение будет ответом: номером в любом виде."
ASK_OTHER = "Как написать клиенту?"
TYPE_OTHER = "Следующее ваше сообщение будет ответом: «name@mail.ru», «Telegram @name», «MAX 89161234567»."
SEARCHING = "🔎 Смотрю, знаем ли мы клиента…"
ASK_SOURCE = "Откуда клиент?"
ASK_OWNER = "Кто будет работать с клиентом?"
ASK_PIPELINE = "Какая воронка?"
ASK_STAGE = "На какой стадии клиент?"
STAGE_LINE = "<b>{title}</b> – {meaning}"
ASK_PLACE = "Где встреча?"
ASK_MEETING = "Когда встреча?"
ASK_WHEN = "{task}: когда?"
BY_RULES = "По регламенту: {moment}"
KNOWN_HEAD = "Этот клиент уже есть:"
KNOWN_MORE = "…и ещё {count}"
KNOWN_JUST_NOW = "Пока вы заполняли форму, этого клиента завели:"
KNOWN_CONTACT = "контакт в CRM"
WAS = "был {ago} назад"
PART = " · "
BLIND = "CRM сейчас не отвечает: искал только среди своих клиентов. Второй контакт всё равно не появится."
BARRED = "⛔ Номер {phone}: клиент просил не звонить и не писать. Завести его может только руководитель."
BARRED_LEADS = "⛔ Номер {phone}: клиент просил не звонить и не писать. Если продолжить, запрет снимется."
BARRED_CALLS = "✉️ Клиент просил не звонить: задачи будут «написать»."

# Buttons
NO_PHONE = "Нет телефона"
OPEN = "Открыть: {stage}"
AGAIN = {"deal": "Новая сделка этому клиенту", "lead": "Новый лид этому клиенту"}
OTHER_PHONE = "Другой номер"
ALLOW = "Снять запрет и продолжить"
MYSELF = "Я"
CHANGE = "Изменить"

# The summary
CHECK = "Проверьте"
LINES = {
    "name": "Имя: {value}",
    "phone": "Телефон: {value}",
    "other": "Связь: {value}",
    "source": "Источник: {value}",
    "owner": "Ответственный: {value}",
    "stage": "Стадия: {value}",
    "place": "Место: {value}",
    "when": "{task}: {value}",
    "far": "Почему не раньше: {value}",
}
CHANGES = {
    "name": "Имя",
    "phone": "Телефон",
    "other": "Связь",
    "source": "Источник",
    "owner": "Ответственного",
    "stage": "Стадию",
    "place": "Место",
    "when": "Время",
    "far": "Причину",
}
ASK_CHANGE = "Что изменить?"

# Ends
RECORDED = "{name}: {what} «{stage}»"
RECORDED_NEXT = "Дальше: {task}, {moment}"
RECORDED_FOR = "Ответственный: {name}"
WHAT = {"lead": "лид", "deal": "сделка"}
CANCELLED = "Новый клиент: отменено, ничего не записано."
BELOW = "Новый клиент: форма ниже."
OPENED = "Карточка ниже."
ANOTHER_CASE = "Вашему клиенту {name} завели ещё одно дело: {what} «{stage}», {who}"

# Refusals
BAD_NAME = "Напишите имя клиента: от 2 до 200 букв."
BAD_PHONE = "Номер не понят. Напишите его целиком, например 8 916 123-45-67 или +7 916 123-45-67."
BAD_OTHER = "Не понял. Напишите e-mail (name@mail.ru) или мессенджер с именем (Telegram @name)."
PRESS_INSTEAD = "Здесь нужен ответ кнопкой – форма «Новый клиент» ждёт нажатия."
PAST_TIME = "Это время уже прошло, выберите другое."

# The portal and the journal
COMMENT = "Заведён вручную · {at}"
COMMENT_LIFTED = "Запрет звонить снят: {phone}"
WHY_ENTERED = "Заведён вручную, стадия «{stage}» → {task}, {at}"
WHY_LIFTED = "{why}; запрет звонить снят"
