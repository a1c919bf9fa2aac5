"""Who changed what: people, absences, groups, refused writes. Publications that were before stand in it as well."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    audit = op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    former = sa.table(
        "playbook_activations",
        sa.column("id", sa.BigInteger()),
        sa.column("hash", sa.String()),
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("author", sa.String()),
        sa.column("note", sa.Text()),
        sa.column("mode", sa.String()),
    )
    rows = op.get_bind().execute(sa.select(former).order_by(former.c.id)).all()
    lines = [
        {
            "at": row.at,
            "who": row.author,
            "what": "playbook.published",
            "words": {"mode": row.mode, "hash": row.hash, "note": row.note},
        }
        for row in rows
    ]
    if lines:
        op.bulk_insert(audit, lines)


def downgrade() -> None:
    op.drop_table("audit")
