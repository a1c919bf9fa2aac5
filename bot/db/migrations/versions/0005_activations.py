"""Which playbook version was in force since when, and which one a case is to take."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "playbook_activations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("former", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_activations")),
        sa.ForeignKeyConstraint(["hash"], ["playbook_versions.hash"], name=op.f("fk_playbook_activations_hash")),
    )
    op.create_index(op.f("ix_playbook_activations_done"), "playbook_activations", ["done"], unique=False)
    op.add_column("cases", sa.Column("follows", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("cases", "follows")
    op.drop_index(op.f("ix_playbook_activations_done"), table_name="playbook_activations")
    op.drop_table("playbook_activations")
