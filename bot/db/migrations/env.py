"""Alembic's entry: runs the steps on the connection that `bot.db.migrate` hands over.

For maintainers also `alembic -x url=sqlite+aiosqlite:///data/dozvon.db revision --autogenerate -m "…"`, which opens the
database by itself.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from bot.db.session import open_database
from bot.db.tables import Moment, metadata


def _render(kind: str, item: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """Steps stand on SQLAlchemy's own types: a later change of ours must not change the past."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run_alone(url: str) -> None:
    database = open_database(url)
    try:
        async with database.reshape() as connection:
            await connection.run_sync(_run)
    finally:
        await database.close()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    asyncio.run(_run_alone(context.get_x_argument(as_dictionary=True)["url"]))
