"""The settings: the only reader of the environment and of `.env`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import SettingsError

TELEGRAM = "https://api.telegram.org"
_TOKEN = re.compile(r"^\d+:[A-Za-z0-9_-]{3,}$")
_WEBHOOK = re.compile(r"^https?://[^/\s]+/rest/\d+/[A-Za-z0-9_-]+/?$")
_SECRET = re.compile(r"^[A-Za-z0-9_-]{16,256}$")


def _ids(value: object) -> object:
    if not isinstance(value, str):
        return value
    parts = frozenset(part.strip() for part in value.split(",") if part.strip())
    if not all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
        raise ValueError("expected Telegram ids of people, comma separated, like 123456789,987654321")
    return parts


class Settings(BaseSettings):
    """One field for each variable; the field's description is its help."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    bot_token: SecretStr = Field(description="Token of the Telegram bot, digits:letters, from BotFather")
    telegram_api_url: str = Field(TELEGRAM, description="Telegram Bot API server")
    bitrix24_webhook_url: SecretStr = Field(description="Incoming webhook, https://PORTAL/rest/USER/CODE/")
    database_url: str = Field(
        "sqlite+aiosqlite:///data/dozvon.db", description="sqlite+aiosqlite or postgresql+asyncpg"
    )
    playbook: str = Field("bankruptcy", description="Name of a built-in playbook, or a path to a YAML file")
    admins: Annotated[frozenset[int], NoDecode, BeforeValidator(_ids)] = Field(
        frozenset(), description="Telegram ids that may start without an invite, comma separated"
    )
    public_url: str | None = Field(None, description="Public https address; set: webhooks, unset: polling")
    webhook_secret: SecretStr | None = Field(None, description="Secret of the Telegram webhook; needed with PUBLIC_URL")
    bitrix24_event_token: SecretStr | None = Field(
        None, description="application_token of the portal's events; needed with PUBLIC_URL"
    )
    http_port: int = Field(8081, ge=1, le=65535, description="Port of /healthz, /readyz, /metrics and the webhooks")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged")
    log_format: Literal["text", "json"] = Field("text", description="text or json")

    @field_validator("bot_token")
    @classmethod
    def _check_token(cls, value: SecretStr) -> SecretStr:
        if not _TOKEN.match(value.get_secret_value()):
            raise ValueError("expected digits:letters as BotFather gives it")
        return value

    @field_validator("bitrix24_webhook_url")
    @classmethod
    def _check_webhook(cls, value: SecretStr) -> SecretStr:
        if not _WEBHOOK.match(value.get_secret_value()):
            raise ValueError("expected https://PORTAL/rest/USER/CODE/")
        return value

    @field_validator("telegram_api_url", "public_url")
    @classmethod
    def _check_url(cls, value: str | None) -> str | None:
        if value is not None and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc):
            raise ValueError("expected an address like https://example.org")
        return value.rstrip("/") if value else value

    @field_validator("webhook_secret")
    @classmethod
    def _check_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _SECRET.match(value.get_secret_value()):
            raise ValueError("expected 16 to 256 letters, digits, _ and -")
        return value

    @model_validator(mode="after")
    def _check_public(self) -> Settings:
        if self.public_url is None:
            return self
        for name in ("webhook_secret", "bitrix24_event_token"):
            if getattr(self, name) is None:
                raise ValueError(f"{name.upper()} is missing: it is needed with PUBLIC_URL")
        if self.telegram_api_url == TELEGRAM and not self.public_url.startswith("https://"):
            raise ValueError("PUBLIC_URL is wrong: Telegram sends only to https addresses")
        return self


def read_settings(**given: object) -> Settings:
    """The settings from arguments, the environment and `.env`, in this order.

    Raises:
        SettingsError: one line that names each wrong or missing setting and what is expected.
    """
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic validates what the environment gives
    except ValidationError as error:
        problems = []
        for one in error.errors(include_url=False, include_input=False):
            words = one["msg"].removeprefix("Value error, ")
            if not one["loc"]:
                problems.append(words)  # about several settings at once, and it names them
                continue
            name = str(one["loc"][0])
            if one["type"] == "missing":
                problems.append(f"{name.upper()} is missing: {Settings.model_fields[name].description}")
            else:
                problems.append(f"{name.upper()} is wrong: {words}")
        raise SettingsError("; ".join(problems)) from None


def writable(folder: Path) -> None:
    """See that files can be made in a folder.

    Raises:
        SettingsError: they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"the data folder {folder} cannot be written: {error.strerror}; give another by --data"
        ) from None
