"""How parts and figures of a playbook are called when one version is compared with another."""

from __future__ import annotations

SECTIONS = {
    "sources": "Источник «{name}»",
    "fields": "Поле «{name}»",
    "pipelines": "Воронка «{name}»",
    "stages": "{name}",
    "tasks": "{name}",
    "cadences": "{name}",
    "questions": "Вопрос «{name}»",
    "questionnaires": "Анкета {name}",
    "outcomes": "Исход {name}",
    "places": "Место {name}",
    "materials": "Материал «{name}»",
    "objections": "Возражение «{name}»",
    "shifts": "Смена «{name}»",
    "lint": "Ответ проверке",
}
WHOLE = {
    "playbook": "Имя регламента",
    "title": "Название регламента",
    "zone": "Часовой пояс",
    "calendar": "Праздники страны",
    "hours": "Часы работы",
    "client_hours": "Звонки клиентам",
    "names_in_groups": "Имена в группах",
    "phones_in_cards": "Телефоны на карточках",
    "calls_per_number": "Звонков на номер в день не больше",
    "worn_number": "Совет сменить номер",
}
FIGURES = {
    "attempts": "попыток",
    "within": "срок",
    "second": "вторая попытка через",
    "gap": "пауза",
    "per_day": "в день не больше",
    "spread": "карточки одного времени приходят за",
    "misses": "недозвонов подряд",
    "slots": "время",
    "due": "срок",
    "limit": "срок стадии",
    "limit_exempt": "без срока для",
    "remind": "напоминание за",
    "offer": "предложить смене за",
    "notice": "предупреждение через",
    "board": "на табло через",
    "supervisor": "руководителю через",
    "director": "директору через",
    "push_before": "карточка заранее, за",
    "push": "карточка приходит",
    "title": "название",
    "label": "надпись",
    "text": "текст",
    "options": "вариант",
    "when": "условие",
    "hints": "подсказки",
    "steps": "шаги",
    "results": "правила исхода",
    "kind": "вид",
    "crm": "код в CRM",
    "task": "задача",
    "exhausted": "когда попытки кончились",
    "rank": "место в очереди",
    "stage": "стадия",
    "next": "следующая задача",
    "confirm": "подтверждение",
    "roles": "роли",
    "meaning": "что значит",
    "entry": "вход",
    "exit": "выход",
    "who": "кто",
    "told": "на карточке",
    "touches": "касание",
    "letter": "письмо",
    "waiting": "слова об ожидании",
    "mark": "значок",
    "ask": "анкета",
    "lasts": "длится",
    "hours": "часы",
    "calendar": "праздники",
}
WEEKDAYS = {"mon": "пн", "tue": "вт", "wed": "ср", "thu": "чт", "fri": "пт", "sat": "сб", "sun": "вс"}
CHANGED = "{place}: {figure} {before} → {after}"
REWRITTEN = "{place}: {figure} – изменено"
ADDED = "{place}: добавлено"
REMOVED = "{place}: убрано"
WHOLE_CHANGED = "{place}: {before} → {after}"
DAY = "{day}: {before} → {after}"
DAY_USUAL = "как обычно"
DAY_OFF = "выходной"
NONE = "нет"
YES, NO = "да", "нет"
END_OF_DAY = "до конца дня"
END_OF_NEXT_DAY = "до конца следующего раб. дня"
END_OF_DAYS = "до конца {days}-го раб. дня"
NO_DUE = "как назначено"
DAYS, HOURS, MINUTES = "{n} дн.", "{n} ч", "{n} мин"
AT_ONCE = "сразу"
