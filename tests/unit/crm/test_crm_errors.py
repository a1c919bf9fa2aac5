"""Every documented refusal of the portal against the kind of error that the caller gets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.crm.answers import error_of, error_of_page
from bot.crm.errors import (
    CrmAmbiguous,
    CrmError,
    CrmForbidden,
    CrmNotFound,
    CrmPaced,
    CrmRejected,
    CrmSkipped,
    CrmUnavailable,
)
from bot.errors import DozvonError

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)

SYSTEM = [
    (500, "INTERNAL_SERVER_ERROR", CrmUnavailable, CrmAmbiguous),
    (500, "ERROR_UNEXPECTED_ANSWER", CrmUnavailable, CrmAmbiguous),
    (502, "", CrmUnavailable, CrmAmbiguous),
    (503, "QUERY_LIMIT_EXCEEDED", CrmPaced, CrmPaced),
    (503, "OVERLOAD_LIMIT", CrmUnavailable, CrmUnavailable),
    (429, "OPERATION_TIME_LIMIT", CrmPaced, CrmPaced),
    (429, "", CrmPaced, CrmPaced),
    (405, "ERROR_BATCH_METHOD_NOT_ALLOWED", CrmRejected, CrmRejected),
    (400, "ERROR_BATCH_LENGTH_EXCEEDED", CrmRejected, CrmRejected),
    (401, "NO_AUTH_FOUND", CrmForbidden, CrmForbidden),
    (401, "INVALID_CREDENTIALS", CrmForbidden, CrmForbidden),
    (403, "INVALID_CREDENTIALS", CrmForbidden, CrmForbidden),
    (401, "expired_token", CrmForbidden, CrmForbidden),
    (401, "invalid_token", CrmForbidden, CrmForbidden),
    (401, "Https required.", CrmForbidden, CrmForbidden),
    (403, "insufficient_scope", CrmForbidden, CrmForbidden),
    (403, "ACCESS_DENIED", CrmForbidden, CrmForbidden),
    (403, "WRONG_AUTH_TYPE", CrmForbidden, CrmForbidden),
    (403, "user_access_error", CrmForbidden, CrmForbidden),
    (403, "allowed_only_intranet_user", CrmForbidden, CrmForbidden),
    (404, "ERROR_METHOD_NOT_FOUND", CrmRejected, CrmRejected),
    (400, "ERROR_NOT_FOUND", CrmNotFound, CrmNotFound),
    (404, "ERROR_NOT_FOUND", CrmNotFound, CrmNotFound),
    (500, "PORTAL_DELETED", CrmForbidden, CrmForbidden),
    (400, "INVALID_REQUEST", CrmForbidden, CrmForbidden),
]
METHODS = [
    (400, "NOT_FOUND", CrmNotFound),
    (400, "OWNER_NOT_FOUND", CrmNotFound),
    (400, "ACCESS_DENIED", CrmRejected),
    (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", CrmRejected),
    (400, "CRM_FIELD_ERROR_REQUIRED", CrmRejected),
    (400, "INVALID_ARG_VALUE", CrmRejected),
    (400, "WRONG_DATETIME_FORMAT", CrmRejected),
    (400, "ERROR_CORE", CrmRejected),
    (400, "", CrmRejected),
    (400, "-", CrmRejected),
    (400, 0, CrmRejected),
    (400, "0", CrmRejected),
    (400, "100", CrmRejected),
    (400, "1048582", CrmRejected),
    (400, "Communication type is not defined", CrmRejected),
]


def mapped(status: int | None, code: object, *, write: bool, description: str = "") -> CrmError:
    body = {"error": code, "error_description": description}
    return error_of(status, body, method="crm.item.update", write=write, now=NOW, retry_at=LATER)


@pytest.mark.parametrize(("status", "code", "read", "write"), SYSTEM)
def test_system_errors(status: int, code: str, read: type[CrmError], write: type[CrmError]) -> None:
    assert type(mapped(status, code, write=False)) is read
    assert type(mapped(status, code, write=True)) is write


@pytest.mark.parametrize(("status", "code", "kind"), METHODS)
def test_errors_of_methods(status: int, code: object, kind: type[CrmError]) -> None:
    for write in (False, True):
        error = mapped(status, code, write=write)
        assert type(error) is kind
        assert error.code == str(code)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("QUERY_LIMIT_EXCEEDED", CrmPaced),
        ("OPERATION_TIME_LIMIT", CrmPaced),
        ("INTERNAL_SERVER_ERROR", CrmAmbiguous),
        ("insufficient_scope", CrmForbidden),
        ("ACCESS_DENIED", CrmRejected),
        ("NOT_FOUND", CrmNotFound),
        ("ERROR_BATCH_LENGTH_EXCEEDED", CrmRejected),
    ],
)
def test_errors_of_batched_writes_have_no_status(code: str, kind: type[CrmError]) -> None:
    assert type(mapped(None, code, write=True)) is kind


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (200, CrmUnavailable, CrmAmbiguous),
        (302, CrmUnavailable, CrmUnavailable),
        (403, CrmUnavailable, CrmUnavailable),
        (404, CrmUnavailable, CrmUnavailable),
        (429, CrmPaced, CrmPaced),
        (502, CrmUnavailable, CrmAmbiguous),
        (504, CrmUnavailable, CrmAmbiguous),
    ],
)
def test_pages_that_are_not_the_portal(status: int, read: type[CrmError], write: type[CrmError]) -> None:
    assert type(error_of_page(status, method="m", write=False, retry_at=LATER)) is read
    assert type(error_of_page(status, method="m", write=True, retry_at=LATER)) is write


def test_paced_and_overloaded_say_when_to_return() -> None:
    paced = mapped(503, "QUERY_LIMIT_EXCEEDED", write=True)
    assert isinstance(paced, CrmPaced)
    assert paced.retry_at == LATER
    overloaded = mapped(503, "OVERLOAD_LIMIT", write=True)
    assert isinstance(overloaded, CrmUnavailable)
    assert overloaded.retry_at == NOW + timedelta(minutes=15)


def test_a_rejection_quotes_the_portal_in_one_clean_sentence() -> None:
    error = mapped(400, "ERROR_CORE", write=True, description="Не указано название.<br>Не указан &quot;срок&quot;<br>")
    assert str(error) == 'Битрикс24 не принял запрос: Не указано название. Не указан "срок".'
    assert error.description == 'Не указано название. Не указан "срок"'
    assert str(mapped(400, "100", write=True)) == "Битрикс24 не принял запрос (код «100»)."
    assert str(mapped(400, "", write=True)) == "Битрикс24 не принял запрос."


def test_each_reason_of_being_turned_away_has_its_own_sentence() -> None:
    sentences = {
        code: str(mapped(403, code, write=False))
        for code in ("INVALID_CREDENTIALS", "insufficient_scope", "ACCESS_DENIED", "WRONG_AUTH_TYPE", "SOMETHING_NEW")
    }
    assert len(set(sentences.values())) == len(sentences)
    assert "нужен новый" in sentences["INVALID_CREDENTIALS"]


def test_every_kind_is_a_russian_sentence() -> None:
    kinds: list[CrmError] = [
        CrmError(),
        CrmUnavailable("TIMEOUT"),
        CrmAmbiguous("TIMEOUT"),
        CrmPaced(LATER),
        CrmSkipped("HALTED"),
        CrmForbidden("INVALID_CREDENTIALS"),
        CrmRejected("100", "плохо"),
        CrmNotFound("NOT_FOUND"),
    ]
    for error in kinds:
        assert isinstance(error, DozvonError)
        assert str(error).endswith(".")
        assert str(error)[0].isupper()
        assert any("а" <= letter <= "я" for letter in str(error))
