"""Words about shifts, absences and who stands in for whom."""

WHY_COVERED = "{owner} сейчас не работает: задача у коллеги на смене ({cover}), клиент остаётся за прежним менеджером"
WHY_BACK = "{owner} снова работает: задача вернулась"
