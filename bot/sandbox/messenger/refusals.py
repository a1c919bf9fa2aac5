"""The messenger's refusals, word for word as the real Bot API says them; clients branch on these texts."""

from __future__ import annotations


class Refused(Exception):
    """A call that is answered with `ok: false`.

    Args:
        code: the HTTP status, repeated as `error_code`.
        description: the text of the answer.
        retry_after: seconds until the call may be tried again.
        migrate_to: the supergroup that the addressed group has become.
    """

    def __init__(
        self, code: int, description: str, *, retry_after: int | None = None, migrate_to: int | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.migrate_to = migrate_to

    def body(self) -> dict[str, object]:
        """The JSON body of the answer."""
        answer: dict[str, object] = {"ok": False, "error_code": self.code, "description": self.description}
        parameters: dict[str, object] = {}
        if self.retry_after is not None:
            parameters["retry_after"] = self.retry_after
        if self.migrate_to is not None:
            parameters["migrate_to_chat_id"] = self.migrate_to
        if parameters:
            answer["parameters"] = parameters
        return answer


def bad_request(text: str) -> Refused:
    """400: the call is wrong as it is."""
    return Refused(400, f"Bad Request: {text}")


def forbidden(text: str) -> Refused:
    """403: the recipient or the chat does not let the bot."""
    return Refused(403, f"Forbidden: {text}")


def conflict(text: str) -> Refused:
    """409: two ways of getting updates at once."""
    return Refused(409, f"Conflict: {text}")


def too_many_requests(seconds: int) -> Refused:
    """429: wait exactly so many seconds."""
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def not_modelled(what: str) -> Refused:
    """501: the real service knows it, the sandbox does not; a polite `true` would hide a mistake."""
    return Refused(501, f"Not Implemented: the sandbox does not model {what}")


BUTTON_DATA_INVALID = "BUTTON_DATA_INVALID"
CANNOT_EDIT = "message can't be edited"
CHAT_NOT_FOUND = "chat not found"
EMPTY_TEXT = "message text is empty"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
NOT_TO_EDIT = "message to edit not found"
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
THREAD_NOT_FOUND = "message thread not found"
UPGRADED = "group chat was upgraded to a supergroup chat"
