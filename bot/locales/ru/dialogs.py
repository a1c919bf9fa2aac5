"""Words of commands and links."""

from __future__ import annotations

WELCOME = "Здравствуйте, {name}! Вы подключены: {role}.\nЗадачи придут сюда сами. /today – всё на сегодня."
WELCOME_ADMIN = (
    "Здравствуйте, {name}! Вы администратор.\n"
    "/invite – пригласить сотрудника, /bind в группе – табло для руководителей, /admin – регламент."
)
ROLES = {
    "manager": "менеджер",
    "supervisor": "руководитель",
    "director": "директор",
    "lawyer": "юрист",
    "admin": "администратор",
}
LINK_UNKNOWN = "Нет доступа. Попросите у администратора ссылку-приглашение."
LINK_USED = "Эта ссылка уже использована. Попросите у администратора новую."
LINK_EXPIRED = "Срок ссылки вышел. Попросите у администратора новую."
_HELP_OWN = "/plan – что завтра\n/me – мои показатели"
_HELP_REST = f"{_HELP_OWN}\n/calendar – встречи отдела\n/away – болезнь и отпуск\n/help – эта подсказка"
HELP = f"/today – задачи на сегодня\n/new – завести клиента вручную\n{_HELP_REST}"
HELP_LEADERS = (
    "\n\n/floor – кто что делает сейчас\n/case – найти клиента\n/promises – обещанные звонки\n"
    "/bypasses – мимо анкет\n/stuck – застряли и ничьи\n/digest – итог дня, /digest неделя – с файлом\n"
    "/funnel – где теряем, /attempts – когда берут трубку"
)
HELP_WITHOUT_NEW = f"/today – задачи на сегодня\n{_HELP_REST}"
HELP_ADMIN = (
    "/invite – пригласить сотрудника\n/people – сотрудники, смены и дежурства\n/bind – в группе: табло просрочек\n"
    "/admin – настройка кнопками\n"
    "/cadence – дозвон, /sla – сроки, /hours – часы, /holidays – даты\n"
    "/sources – источники, /alerts – просрочки\n"
    "/playbook – файл регламента и версии, /audit – кто что менял\n"
    "/health – всё ли отвечает, /outbox – что CRM не приняла\n/help – эта подсказка"
)
ONLY_FLOOR = "Встречи видят менеджеры, руководители и юристы."
NOTHING_ASKED = "Я жду нажатия кнопки на карточке. /today – все задачи на сегодня."
ONLY_FILES = "Жду фото или документ. Если всё прислали – нажмите «Готово» на карточке."
PHOTO_NAME = "Фото {at}.jpg"
FILE_NOT_ASKED = "Файлы сейчас никто не ждёт. Откройте задачу из /today – там написано, какие нужны."
FILE_GONE = "Telegram не отдаёт файл «{name}». Пришлите его ещё раз."
FILES_WHERE = "К чему отнести {files}?"
FILES_PUT = "📎 {files} → {where}"
FILES_NONE = "📎 Файлы не подошли, пришлите другие"
FILES_BELOW = "📎 Вопрос о файлах – ниже"
ONLY_ADMIN = "Это может только администратор."
ONLY_GROUP = "Отправьте /bind в группе руководителей."
ONLY_PRIVATE = "Это работает в личном чате со мной."
BOUND = "Готово: табло «{title}» будет здесь."
PICK_USER = "Кого пригласить?"
PICK_ROLE = "{name}: какая роль?"
NO_USERS = "В CRM не нашли активных сотрудников."
CRM_SILENT = "CRM сейчас не отвечает, попробуйте через минуту."
INVITE = (
    "Ссылка для {name} ({role}), одна на один раз, три дня:\n{link}\n"
    "Если ссылка не открывается, пусть отправит боту:\n<code>/start {token}</code>"
)
MORE = "Дальше ›"
LESS = "‹ Назад"
NO_TASKS = "На сегодня задач больше нет 👍"
GONE = "Эта кнопка больше не действует."
FAILED = "Что-то пошло не так. Ничего не потеряно, попробуйте ещё раз."

HELP_SENT = "Руководитель увидит ваш вопрос."
HELP_ALREADY = "Вы уже просили помощи по этому клиенту, руководитель видит."
NO_SUPERVISOR = "Руководитель ещё не подключён к боту."
HELP_CALL = "🆘 {who} просит помощи: {client}, {state}"
ALERT = "🔴 {what}: {client} · {owner}"
ALERT_TRIED = "Попытки: {list}"
ALERT_OVER = "✅ {client} · {owner}: теперь «{stage}», {time}"
HELP_OVER = "✅ {client} · {owner}: результат записан, «{stage}», {time}"
ASKED_HELP = "просит помощи руководителя"
ADVISED = "советует: «{text}»"
HELP_MISSES = "недозвонов {count}"
ANSWER = "Ответить"
TAKE = "Забираю"
HAND = "Передать…"
BACK = "← Назад"
ANSWER_PROMPT = "Напишите совет одним сообщением – он придёт менеджеру."
CANCEL_ADVICE = "Отмена"
ANSWERED = "Ответ отправлен: {who}."
ADVICE = "💬 {who} · клиент {client}:\n{text}"
TAKEN = "Забрал(а) {who}, {time}"
HANDED = "Передано: {who}, {time}"
PICK_COLLEAGUE = "Кому передать?"
NO_COLLEAGUES = "Передать некому: других менеджеров в боте нет."
ONLY_SUPERVISOR = "Это может только руководитель."
OUTBOX_EMPTY = "Всё, что записано, уже в CRM. Ничего не застряло."
OUTBOX_HEAD = "CRM не приняла: {count}"
OUTBOX_ROW = "№ {id} · {client} · {op}: {error}"
RETRY = "Повторить № {id}"
SKIP = "Пропустить № {id}"
RETRIED = "Повторяю № {id}."
SKIPPED = "Пропущено № {id}: {reason}."
WHY_SKIP = "Почему не записывать № {id}?"
SKIP_REASONS = {
    "done": "в CRM уже сделано руками",
    "needless": "больше не нужно",
    "wrong": "запись была ошибочной",
}
UNKNOWN_YEAR = (
    "⚠️ Производственный календарь на {year} год мне не известен: переносы и короткие дни планирую по общему правилу. "
    "Обновите бота, как только календарь утвердят."
)
PARKED = "⚠️ CRM не приняла запись: {what}\nОстальное записано. Разобрать: /outbox"
OPS = {
    "update": "стадия и поля",
    "comment": "комментарий",
    "add_task": "новая задача",
    "move_task": "срок задачи",
    "complete_task": "закрытие задачи",
    "renew_task": "возврат задачи",
    "add_meeting": "встреча в календаре",
    "move_meeting": "время встречи",
    "end_meeting": "закрытие встречи",
    "add_phone": "номер телефона",
    "set_owner": "ответственный",
    "contact": "контакт",
    "deal": "сделка",
    "lead": "лид",
}
UNREACHABLE = "⚠️ {name} заблокировал(а) бота: карточки не доходят."
