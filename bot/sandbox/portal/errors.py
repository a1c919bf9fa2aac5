"""Refusals of the portal, word for word as a real one gives them.

A refusal is an HTTP status, a code (which may be an empty string) and a text. The texts are for people; clients branch
on status and code.
"""

from __future__ import annotations


class RestError(Exception):
    """A call is refused: HTTP `status`, `code` for the key `error` and `text` for `error_description`."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(f"{status} {code}: {text}")
        self.status = status
        self.code = code
        self.text = text

    def body(self) -> dict[str, object]:
        """The JSON body of the refusal."""
        return {"error": self.code, "error_description": self.text}


def no_auth() -> RestError:
    return RestError(401, "NO_AUTH_FOUND", "Wrong authorization data")


def wrong_credentials() -> RestError:
    return RestError(401, "INVALID_CREDENTIALS", "Invalid request credentials")


def unknown_method() -> RestError:
    return RestError(404, "ERROR_METHOD_NOT_FOUND", "Method not found!")


def insufficient_scope() -> RestError:
    """The webhook was made without the right that the method needs."""
    text = "The request requires higher privileges than provided by the webhook token"
    return RestError(403, "insufficient_scope", text)


def too_many_requests() -> RestError:
    return RestError(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")


def classic(text: str) -> RestError:
    """The old CRM methods refuse with an empty code."""
    return RestError(400, "", text)


def task_rule(text: str) -> RestError:
    """A task's fields break a rule; texts of this family end with a line break tag."""
    return RestError(400, "ERROR_CORE", f"{text}<br>")


def missing_param(name: str) -> RestError:
    return RestError(400, "100", f"Could not find value for parameter {{{name}}} (internal error)")


def bad_value(field: str) -> RestError:
    return RestError(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Invalid value for field "{field}"')


def required_field(field: str) -> RestError:
    return RestError(400, "CRM_FIELD_ERROR_REQUIRED", f'Required field "{field}" is not filled')


def not_found(text: str = "Element not found") -> RestError:
    return RestError(400, "NOT_FOUND", text)


def access_denied() -> RestError:
    return RestError(400, "ACCESS_DENIED", "Access denied")
