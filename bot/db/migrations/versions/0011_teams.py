"""Departments of the CRM are teams, and a group belongs to one of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("head", sa.Integer(), nullable=True),
        sa.Column("supervisor", sa.Integer(), nullable=True),
        sa.Column("shift", sa.String(length=40), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
    )
    op.create_table(
        "team_members",
        sa.Column("crm_user", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("team", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("crm_user", name=op.f("pk_team_members")),
    )
    op.add_column("chats", sa.Column("team", sa.Integer(), nullable=True))
    op.add_column("chats", sa.Column("lost", sa.String(length=10), nullable=True))


def downgrade() -> None:
    op.drop_column("chats", "lost")
    op.drop_column("chats", "team")
    op.drop_table("team_members")
    op.drop_table("teams")
