"""What is said about playbook versions: when two people change them at once, and what becomes of cases."""

CONFLICT = "Регламент уже изменили: {who}, {at}{note}. Откройте его заново и повторите правку."
CONFLICT_NOTE = " («{note}»)"
FROM_FILE = "новый файл при запуске"
UNKNOWN_VERSION = "Такой версии регламента нет."
ROLLED_BACK = "возврат к версии от {at}"
