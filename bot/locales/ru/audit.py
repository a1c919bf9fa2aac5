"""Words of the audit: who changed what."""

from __future__ import annotations

HEAD = "<b>Кто и что менял</b>"
OF = "<b>Кто и что менял</b>: {words}"
LINE = "<b>{at}</b> {who}: {what}"
EMPTY = "Пока никто ничего не менял."
NOT_FOUND = "Таких изменений нет."
TOO_LONG = "Слишком длинно. Хватит фамилии, предмета или срока: до {most} знаков."
FORMS = (
    "Отобрать: /audit Иванов, /audit люди, /audit неделя, /audit Иванов месяц. Предметы: {subjects}. Сроки: {periods}."
)
ITSELF = "бот"
FROM_FILE = "файл при запуске"

SUBJECTS = {
    "people": ("люди", "сотрудники"),
    "absence": ("отпуск", "болезнь", "отсутствия"),
    "group": ("группы", "группа"),
    "team": ("отделы", "отдел"),
    "crm": ("црм", "crm", "outbox"),
    "number": ("номера", "номер"),
    "playbook": ("регламент", "настройка"),
}
"""The part of a change before the point → how people call it; the first is the one that is offered."""
PERIODS = {1: ("сегодня", "день"), 7: ("неделя", "неделю"), 30: ("месяц",), 365: ("год",)}
"""Days back → how people call it."""

WORDS = {
    "people.invited": "приглашение для {whom} ({role})",
    "people.joined": "подключение: {role}",
    "people.shut_out": "доступ закрыт: {whom} ({role})",
    "people.role": "роль {whom}: {former} → {role}",
    "people.shift": "{whom} – теперь {hours}",
    "people.duty": "{whom} – дежурство {day}, {hours}",
    "people.no_duty": "{whom} – дежурство {day} снято",
    "absence.sick": "{whom} болеет",
    "absence.leave": "{whom} в отпуске {days}",
    "absence.back": "{whom} на работе",
    "absence.shared": "задачи розданы по нагрузке, отсутствует {whom}",
    "absence.kept": "задачи ждут возвращения: {whom}",
    "absence.handed": "все задачи передать: {whom} → {to}",
    "group.bound": "табло в группе «{title}»",
    "group.bound_team": "табло отдела «{team}» в группе «{title}»",
    "group.unbound": "группа «{title}» отвязана",
    "group.left": "группа «{title}» без бота",
    "group.muted": "боту нельзя писать в группе «{title}»",
    "team.led": "руководитель отдела «{team}»: {whom}",
    "team.shift": "часы отдела «{team}»: {hours}",
    "crm.retried": "повтор записи в CRM № {id}: {client}, {op}",
    "crm.skipped": "без записи в CRM № {id}: {client}, {op}. Причина: {reason}",
    "number.lifted": "снова можно звонить: {phones}",
    "playbook.published": "регламент {mode}, версия {hash}: {note}",
}
JOINED_ANEW = "подключение: {role}, раньше – {was}"
