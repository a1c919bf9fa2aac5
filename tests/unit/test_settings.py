"""A missing or wrong setting stops the start with one line: its name, what is expected, and no secret."""

from __future__ import annotations

import pytest

from bot.__main__ import SETTINGS
from bot.errors import SettingsError
from bot.settings import Settings, read_settings

GOOD = {
    "BOT_TOKEN": "123:abc_DEF",
    "BITRIX24_WEBHOOK_URL": "https://portal.bitrix24.ru/rest/1/s3cretc0de/",
}
PUBLIC = {
    "PUBLIC_URL": "https://bot.example.org/",
    "WEBHOOK_SECRET": "abcdefgh-12345678",
    "BITRIX24_EVENT_TOKEN": "portal-says",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path):
    """Only what a test sets: no setting of this machine, no `.env` of the folder."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    def fill(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return fill


def test_two_settings_are_enough(environment) -> None:
    environment(**GOOD)
    settings = read_settings()
    assert settings.database_url == "sqlite+aiosqlite:///data/dozvon.db"
    assert (settings.playbook, settings.http_port, settings.public_url) == ("bankruptcy", 8081, None)


def test_empty_values_count_as_unset(environment) -> None:
    environment(**GOOD, PUBLIC_URL="", ADMINS="", HTTP_PORT="")
    assert read_settings().public_url is None
    assert read_settings().admins == frozenset()


def test_the_environment_goes_before_the_file(environment, tmp_path) -> None:
    lines = "\n".join(f"{name}={value}" for name, value in (GOOD | {"HTTP_PORT": "9001"}).items())
    (tmp_path / ".env").write_text(f"{lines}\nPLAYBOOK=mine.yaml\n")
    environment(HTTP_PORT="9002")
    settings = read_settings()
    assert (settings.http_port, settings.playbook) == (9002, "mine.yaml")


def test_admins_are_a_list(environment) -> None:
    environment(**GOOD, ADMINS=" 11, 22,")
    assert read_settings().admins == frozenset({11, 22})


def test_webhooks_with_all_that_they_need(environment) -> None:
    environment(**GOOD, **PUBLIC)
    assert read_settings().public_url == "https://bot.example.org"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("BOT_TOKEN", "token", "digits:letters"),
        ("TELEGRAM_API_URL", "api.telegram.org", "https://example.org"),
        ("BITRIX24_WEBHOOK_URL", "https://portal.bitrix24.ru/", "/rest/USER/CODE/"),
        ("ADMINS", "@boss", "Telegram ids"),
        ("ADMINS", "-100123", "Telegram ids"),
        ("PUBLIC_URL", "bot.example.org", "https://example.org"),
        ("WEBHOOK_SECRET", "short", "16 to 256"),
        ("WEBHOOK_SECRET", "знаки не те, что надо", "16 to 256"),
        ("HTTP_PORT", "0", "greater than or equal to 1"),
        ("HTTP_PORT", "http", "integer"),
        ("LOG_LEVEL", "loud", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("LOG_FORMAT", "xml", "'text' or 'json'"),
    ],
)
def test_a_wrong_one_is_named(environment, name: str, value: str, expected: str) -> None:
    environment(**(GOOD | {name: value}))
    with pytest.raises(SettingsError) as raised:
        read_settings()
    words = str(raised.value)
    assert words.startswith(f"{name} is wrong: ")
    assert expected in words
    assert "\n" not in words


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_one_is_named(environment, name: str) -> None:
    environment(**{key: value for key, value in GOOD.items() if key != name})
    with pytest.raises(SettingsError, match=f"^{name} is missing: "):
        read_settings()


@pytest.mark.parametrize("name", ["WEBHOOK_SECRET", "BITRIX24_EVENT_TOKEN"])
def test_a_public_address_needs_both_secrets(environment, name: str) -> None:
    environment(**GOOD, **{key: value for key, value in PUBLIC.items() if key != name})
    with pytest.raises(SettingsError, match=f"^{name} is missing: it is needed with PUBLIC_URL$"):
        read_settings()


def test_telegram_itself_sends_only_to_https(environment) -> None:
    environment(**GOOD, **(PUBLIC | {"PUBLIC_URL": "http://bot.example.org"}))
    with pytest.raises(SettingsError, match=r"^PUBLIC_URL is wrong: Telegram sends only to https addresses$"):
        read_settings()


def test_a_bot_api_server_of_ones_own_sends_anywhere(environment) -> None:
    own = {"PUBLIC_URL": "http://127.0.0.1:8081", "TELEGRAM_API_URL": "http://127.0.0.1:8080"}
    environment(**GOOD, **(PUBLIC | own))
    assert read_settings().public_url == "http://127.0.0.1:8081"


def test_all_problems_come_at_once(environment) -> None:
    environment(BOT_TOKEN="nonsense", HTTP_PORT="0")
    with pytest.raises(SettingsError) as raised:
        read_settings()
    assert all(name in str(raised.value) for name in ("BOT_TOKEN", "BITRIX24_WEBHOOK_URL", "HTTP_PORT"))


def test_a_wrong_secret_is_not_repeated(environment) -> None:
    environment(BOT_TOKEN="very:secret:token", BITRIX24_WEBHOOK_URL="https://portal/rest/1/code/too/much")
    with pytest.raises(SettingsError) as raised:
        read_settings()
    assert "very" not in str(raised.value)
    assert "code/too" not in str(raised.value)


def test_the_help_of_run_names_them_all() -> None:
    assert set(SETTINGS) == {name.upper() for name in Settings.model_fields}
    assert {name.upper() for name, field in Settings.model_fields.items() if field.is_required()} == set(SETTINGS[:2])
