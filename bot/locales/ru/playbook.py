"""Words of the screens with which an admin looks at the playbook and changes it."""

from __future__ import annotations

MENU = "<b>Настройка</b> · {title}\nКоманды можно писать и словами: /cadence scoring 6 попыток за 4 дня"
MENU_BUTTONS = {
    "cadence": "Дозвон",
    "sla": "Сроки",
    "hours": "Часы",
    "holidays": "Даты",
    "sources": "Источники",
    "alerts": "Просрочки",
    "playbook": "Файл и версии",
    "audit": "Кто менял",
    "health": "Состояние",
}
TO_MENU = "‹ Настройка"
BACK = "‹ Назад"
OLDER, NEWER = "Раньше ›", "‹ Позже"
MORE, LESS = "Дальше ›", "‹ Раньше"

CADENCES = "<b>Регламенты дозвона</b>"
CADENCE_LINE = "<b>{title}</b> (<code>{key}</code>): {all} за {within}"
CADENCE = "<b>{title}</b> (<code>{key}</code>)"
CADENCE_ALL = "Попыток после первого недозвона: {attempts}, за {days} раб. дн."
CADENCE_SECOND = "2-я через {second} · пауза от {gap}"
CADENCE_SLOTS = "Время: {slots}, не чаще {per_day} в день"
CADENCE_SPREAD = "Карточки одного времени приходят в течение {spread}"
CADENCE_NUMBER = "На один номер не больше {calls} в день, все его клиенты вместе"
CADENCE_NO_CAP = "Звонков на один номер в день – сколько угодно"
CADENCE_WORN = "Совет сменить номер – после {misses} недозвонов подряд за {within}"
CADENCE_SOURCE = "{source}: {figures}"
FIGURES = {
    "attempts": "попыток {value}",
    "within": "за {value}",
    "second": "2-я через {value}",
    "gap": "пауза {value}",
    "per_day": "в день {value}",
    "slots": "время {value}",
}
WEEK = "Не берёт с пн 10:00:"
WEEK_OF = "Не берёт с {at}:"
STEPS = {"attempts": ("– попытка", "+ попытка"), "within": ("– день", "+ день")}

TERMS = "<b>Сроки</b>"
TERM_TASKS = "<b>Задачи</b>"
TERM_STAGES = "<b>Стадии</b> – сколько можно стоять"
TERM_LINE = "{title} (<code>{key}</code>): {due}"
WITHOUT = "без срока: {sources}"
HOURS = "<b>Часы работы</b>\n{hours}\nКлиентам звоним {client}, по их времени. Пояс: {zone}."
SHIFTS = "<b>Смены</b> – у кого какая, в /people"
SHIFT_LINE = "{hours} (<code>{key}</code>)"
DAYS = "<b>Особые даты</b>"
DAYS_NONE = "Особых дат нет. Праздники и переносы по календарю страны {calendar} учтены сами."
DAY_LINE = "{day} – {how}"
DAY_OFF = "выходной"
SOURCES = "<b>Источники</b>"
SOURCE_LINE = "{title} – код CRM <code>{crm}</code>"
ALERTS = "<b>Кого и когда тревожим</b>\nВсё – от срока задачи, в рабочем времени"
ALERT_LINE = "{title} (<code>{key}</code>): {steps}"
ALERT_STEPS = {
    "remind": "напомнить за {length}",
    "offer": "предложить смене за {length}",
    "notice": "предупредить {length}",
    "board": "табло {length}",
    "supervisor": "руководителю {length}",
    "director": "директору {length}",
}
HOW = "<i>{forms}</i>"
CHANGE = "✏️ Изменить"
PROMPT = "<b>{subject}</b>\nНапишите одним сообщением, что изменить."
NOT_ASKED = "Хорошо, ничего не меняю."

PLAYBOOK = "<b>{title}</b> (<code>{name}</code>)\nВерсия <code>{hash}</code>: {who}, {at}"
SEND_FILE = "Пришлите .yaml – проверю и покажу, что изменится. До подтверждения ничего не меняется."
DOWNLOAD, VERSIONS, LINT, DIFF = "Скачать YAML", "Версии", "Проверить", "Отличия от прежней"
FILE_CAPTION = "{title}, версия {hash}. Исправьте и пришлите обратно."
FILE_NAME = "{name}-{hash}.yaml"
PLAYBOOK_FORMS = (
    "Можно: /playbook – обо всём, /playbook скачать, /playbook проверить, /playbook версии, /playbook отличия, "
    "/playbook вернуть КОД (код – из списка версий). Чтобы заменить регламент, пришлите файл .yaml."
)
VERBS = {
    "download": ("скачать", "скачай", "файл", "yaml", "download", "get"),
    "lint": ("проверить", "проверка", "lint", "check"),
    "versions": ("версии", "версия", "versions", "история"),
    "diff": ("отличия", "отличие", "разница", "diff"),
    "rollback": ("вернуть", "верни", "откат", "откатить", "rollback"),
}
WHICH_VERSION = "Версии «{code}» нет. Коды – в /playbook версии, первых четырёх знаков хватит."
LINT_CLEAN = "Замечаний нет: ошибок нет, советов тоже."
LINT_HEAD = "<b>Замечаний: {count}</b>"
LINT_MORE = "… и ещё {count}"
BROKEN = "<b>Файл не принят: в нём ошибок {count}</b>. Действует прежний регламент."
ADVICE = "Советов проверки: {count} – /playbook проверить после публикации"
TOO_LARGE = "Файл больше {most} КБ – это не регламент. Ничего не изменено."
NOT_TEXT = "Это не текст в UTF-8. Сохраните файл как UTF-8 и пришлите снова. Ничего не изменено."
SAME = "Этот регламент уже действует: отличий нет."
FILE_IS_OLD = "⚠️ Файл скачан из версии {hash}, потом регламент менял(а) {who}, {at}: ваш файл эти правки отменит."
OTHER_NAME = "⚠️ Это регламент «{new}», а действует «{old}»."

SHIFT_LOST = "⚠️ Смены «{shift}» больше не будет. По часам компании станут работать: {people}"
PREVIEW = "<b>Что изменится</b>"
ROLLBACK = "<b>Вернуть версию от {at}</b> ({who})"
FOR_ALL = "<b>Действующую версию – и тем, кто в работе</b>"
NOTE_FOR_ALL = "действующая версия – и для тех, кто в работе"
TO_ALL = "И к тем, кто в работе: {count}"
ONLY_WORDING = "Поменялись только комментарии или порядок строк."
IN_WORK = "Если применить ко всем, кто в работе:"
RETIMED = "· сдвинутся задачи: {count}"
KEPT = "· останутся как есть: {count} ({reasons})"
CLOSED = "· законченные не трогаю: {count}"
MISFITS = "· останутся на прежней версии: {count} ({reasons})"
NOTHING_MOVES = "В работе ничего не сдвинется."
REASONS = {
    "open": "идёт анкета",
    "promised": "обещано клиенту",
    "shown": "карточка уже у менеджера",
    "by_hand": "перенесли руками",
    "other": "время назначено иначе",
    "due_soon": "до срока меньше часа",
    "passed": "новый срок прошёл бы",
    "last": "попытка последняя",
    "same": "срок тот же",
}
EXAMPLE = "{name}: {before} → {after}"
APPLY_ALL, APPLY_NEW, CANCEL = "Применить ко всем", "Только к новым", "Отмена"
MORE_LINES = "… и ещё {count}"
CANCELLED = "Отменено, регламент прежний."
DRAFT_OVER = "Эта правка уже применена или отменена."
PUBLISHED_ALL = "✅ Действует для всех: версия <code>{hash}</code>"
PUBLISHED_NEW = "✅ Действует для новых клиентов: версия <code>{hash}</code>. Кто в работе, идёт по прежней."
UNDO = "Вернуть как было"
CONFLICT = "⚠️ {sentence}\nВаша правка не применена."
SHOW_NEW, AGAIN = "Показать новую версию", "Повторить мою правку"
SINCE = "<b>Пока вы правили</b>"
NO_LONGER = "Новая версия ничем не отличается от той, с которой вы начали."

VERSION_LIST = "<b>Версии</b>, последняя сверху"
VERSION_LINE = "{mark}<code>{hash}</code> {at} · {who}{note}"
ACTIVE = "● "
FROM_FILE = "файл при запуске"
VERSION = "<b>Версия</b> <code>{hash}</code>\n{who}, {at}{note}"
IS_ACTIVE = "Действует сейчас."
TO_VERSION = "Вернуть её"
AGAINST_NOW = "Чем отличается действующая от неё:"
DIFF_HEAD = "<b>Отличия действующей версии от прежней</b> ({hash})"
NO_FORMER = "Прежней версии нет: эта – первая."
NO_DIFFERENCE = "Отличий в работе нет."

MODES = {"all": "для всех", "new": "для новых"}
NO_NOTE = "без пояснения"

HEALTH = "<b>Состояние</b> на {at}"
HEALTH_OK = "✅ {what}: отвечает"
HEALTH_BAD = "❌ {what}: {problem}"
HEALTH_NAMES = {"database": "База", "crm": "CRM", "telegram": "Telegram"}
HEALTH_OUTBOX = "Ждут записи в CRM: {waiting}"
HEALTH_PARKED = "CRM не приняла: {parked} – /outbox"
HEALTH_MESSAGES = "Ждут отправки сообщений: {messages}"
HEALTH_TASKS = "Задач открыто: {open}, просрочено: {overdue}"
HEALTH_POLL = "CRM опрошена {ago} назад"
HEALTH_NO_POLL = "CRM ещё не опрашивали"
HEALTH_TEAMS = "⚠️ CRM не показывает отделы: вебхуку нужно право «{lacks}». Все работают как один отдел."
HEALTH_YEAR = "⚠️ Календарь на {year} год не известен: переносы и короткие дни – по общему правилу. Обновите бота."
REFRESH = "Обновить"
NO_ANSWER_IN = "нет ответа за {seconds} с"
