"""What every beat asks for is found without reading all there ever was: work in progress, live messages, today."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision: str | None = "0009"
branch_labels = None
depends_on = None


_INDEXES = (
    ("cases", ["closed", "arrived_at"]),
    ("tasks", ["state", "done_at"]),
    ("tasks", ["due_at"]),
    ("messages", ["kind", "live", "person_id"]),
    ("messages", ["chat_id", "created_at"]),
    ("outbox", ["case_id", "op"]),
)


def upgrade() -> None:
    for table, columns in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, unique=False)


def downgrade() -> None:
    for table, columns in reversed(_INDEXES):
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table_name=table)
