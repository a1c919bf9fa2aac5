"""What can go wrong between us and the portal, sorted by what the caller may do next.

    CrmError
    ├── CrmUnavailable   down, slow, a page instead of an answer: not executed, or only a read; repeat later
    ├── CrmAmbiguous     a write whose answer was lost: look whether it was executed before repeating it
    ├── CrmPaced         our own bucket or the portal's limit: not executed; repeat at `retry_at`
    ├── CrmSkipped       an earlier command of the same halting batch failed: not executed
    ├── CrmForbidden     the webhook is dead or lacks a scope: nothing will pass until an admin mends it
    └── CrmRejected      the portal read the request and refused it (validation, right): repeating is useless
        └── CrmNotFound  what was asked for is deleted, or the webhook's owner cannot see it

`str(error)` is one Russian sentence for a person; `code` and `description` are the portal's own words for logs and
for an admin. None of them ever holds the webhook's secret.
"""

from __future__ import annotations

from datetime import datetime

from bot.errors import DozvonError

_SHOWN = 300


class CrmError(DozvonError):
    """Base of everything the portal's side can answer.

    Args:
        code: the portal's error code, or our own upper-case word when there was no answer.
        description: the portal's text, localised by the portal; never to be branched upon.
        method: the REST method that was called.
    """

    def __init__(self, code: str = "", description: str = "", *, method: str = "") -> None:
        self.code = code
        self.description = description
        self.method = method
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """The error as one sentence for a person."""
        return "Битрикс24 ответил ошибкой."

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={self.code!r}, method={self.method!r})"


class CrmUnavailable(CrmError):
    """The portal did not answer sensibly, and nothing was written.

    Args:
        retry_at: when it makes sense to come back, aware UTC; None leaves it to the caller's back-off.
    """

    def __init__(
        self, code: str = "", description: str = "", *, method: str = "", retry_at: datetime | None = None
    ) -> None:
        self.retry_at = retry_at
        super().__init__(code, description, method=method)

    def sentence(self) -> str:
        return "Битрикс24 сейчас недоступен."


class CrmAmbiguous(CrmError):
    """A write was sent and its answer was lost: it may have been executed or not."""

    def sentence(self) -> str:
        return "Связь с Битрикс24 оборвалась: неизвестно, выполнен ли запрос."


class CrmPaced(CrmError):
    """Too many requests for now; this one was certainly not executed.

    Args:
        retry_at: the first moment at which it may be repeated, aware UTC.
    """

    def __init__(self, retry_at: datetime, code: str = "PACED", description: str = "", *, method: str = "") -> None:
        self.retry_at = retry_at
        super().__init__(code, description, method=method)

    def sentence(self) -> str:
        return "Битрикс24 просит сделать паузу: слишком много запросов."


class CrmSkipped(CrmError):
    """An earlier command of a halting batch failed, so the portal did not run this one."""

    def sentence(self) -> str:
        return "Запрос не выполнялся: не прошёл предыдущий запрос того же пакета."


class CrmForbidden(CrmError):
    """The portal turns the webhook away: dead, not enough rights or scopes, wrong plan."""

    def sentence(self) -> str:
        return _FORBIDDEN.get(self.code.casefold(), "Битрикс24 не пускает вебхук: проверьте его права и срок действия.")


class CrmRejected(CrmError):
    """The portal understood the request and refused it; the same request will be refused again."""

    def sentence(self) -> str:
        said = " ".join(self.description.split()).rstrip(".")
        if said:
            return f"Битрикс24 не принял запрос: {said[:_SHOWN]}."
        return f"Битрикс24 не принял запрос (код «{self.code}»)." if self.code else "Битрикс24 не принял запрос."


class CrmNotFound(CrmRejected):
    """The record is deleted or hidden from the webhook's owner; the portal does not tell the two apart."""

    def sentence(self) -> str:
        return "В Битрикс24 этой записи больше нет, или вебхук её не видит."


_DEAD = "Вебхук Битрикс24 больше не действует: нужен новый."
_FORBIDDEN = {
    "no_auth_found": _DEAD,
    "invalid_credentials": _DEAD,
    "expired_token": _DEAD,
    "invalid_token": _DEAD,
    "insufficient_scope": "Вебхуку Битрикс24 не хватает прав: отметьте недостающие разделы в его настройках.",
    "access_denied": "Тариф Битрикс24 не даёт доступа к REST.",
    "wrong_auth_type": "Этот метод Битрикс24 закрыт для входящих вебхуков.",
    "user_access_error": "Сотруднику, от имени которого создан вебхук, закрыт доступ в Битрикс24.",
    "allowed_only_intranet_user": "Сотруднику, от имени которого создан вебхук, закрыт доступ в Битрикс24.",
    "portal_deleted": "Портал Битрикс24 удалён.",
    "invalid_request": "Битрикс24 принимает запросы только по https.",
}
