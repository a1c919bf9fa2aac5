"""Meetings take time of people: when they end, and who takes part beside the owner."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tasks", sa.Column("second", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_tasks_state_ends_at"), "tasks", ["state", "ends_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_tasks_state_ends_at"), "tasks")
    op.drop_column("tasks", "second")
    op.drop_column("tasks", "ends_at")
