"""Words of a client's history, of objections and of the help about stages."""

from bot.locales.ru.engine import WHY_NOTHING

# Buttons
OBJECTIONS = "Возражения"
HISTORY = "История"
STAGE = "О стадии"
ZONE = "Пояс"
TO_CARD = "← К карточке"
TO_LIST = "← Назад"
NEWER = "‹ Позже"
OLDER = "Раньше ›"
SHOW_PHONE = "Показать номер"

# Texts
PAGE = "История, {page} из {pages}"
NO_HISTORY = "Раньше с этим клиентом ничего не было."
OBJECTIONS_HEAD = "Что говорит клиент?"
NO_OBJECTIONS = "Ответов на возражения в регламенте нет."
STAGE_HEAD = "Стадия «{title}»"
MEANING = "Что значит: {text}"
ENTRY = "Попадают сюда: {text}"
EXIT = "Уходят отсюда: {text}"
WHO = "Кто ведёт: {text}"
LIMIT = "Срок: {length} рабочего времени"
SINCE = "Здесь с {moment}"
NO_HELP = "В регламенте о ней больше ничего не сказано."

# Lines
SEPARATOR = " · "
STORY = "Был {ago} назад: {end}"
ALSO_IN_WORK = "Ещё в работе, {owner}: {end}"
IN_WORK = "Уже в работе, {owner}: «{stage}»"
STORY_IN_CRM = "Был {ago} назад: {end} · отв. {owner}"
STORY_MORE = ", раньше ещё {count}"
ENDED = ", закрыто {ago} назад"
ALSO_IN_CRM = "Ещё в CRM у {owner}: {end}"
READING = "Смотрю в CRM, что было раньше…"
CRM_AWAY = "CRM не отвечает: что было раньше, появится здесь позже."
NOTES = {
    "comment": ("{text}", "{text}"),
    "call": ("Звонок клиенту{text}", "Звонок от клиента{text}"),
    "letter": ("Письмо клиенту{text}", "Письмо от клиента{text}"),
    "meeting": ("Встреча{text}", "Встреча{text}"),
    "other": ("Дело{text}", "Сообщение от клиента{text}"),
}
"""Lines of the CRM's timelines: those of colleagues, those of the client."""
NOTE_TEXT = ": {text}"
ATTEMPT = " (попытка {number})"
LEAD_CAME = "Новая заявка{source}"
DEAL_CAME = "Сделка появилась в CRM{source}"
HANDED_OVER = "Передано: {old} → {new}"
MOVED = "«{old}»"
IN_CRM = "В CRM"
WHO_IN_CRM = "{who} в CRM"
NOTHING = WHY_NOTHING
