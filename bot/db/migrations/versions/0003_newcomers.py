"""Clients who are being entered by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "newcomers",
        sa.Column("id", number, nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("case_id", number, nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_newcomers")),
    )
    op.create_index(op.f("ix_newcomers_person_id_over"), "newcomers", ["person_id", "over"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_newcomers_person_id_over"), table_name="newcomers")
    op.drop_table("newcomers")
