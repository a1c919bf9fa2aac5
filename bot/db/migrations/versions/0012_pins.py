"""Messages that are to stay at the top of their chat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("pin", sa.Boolean(), nullable=True))
    op.add_column("messages", sa.Column("pinned_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("messages", "pinned_id")
    op.drop_column("messages", "pin")
