"""What one person has recorded of late is looked up at every miss."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision: str | None = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_journal_by_at"), "journal", ["by", "at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_journal_by_at"), table_name="journal")
