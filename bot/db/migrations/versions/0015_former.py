"""Who somebody was who may use the bot no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision: str | None = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("former_user", sa.Integer(), nullable=True))
    # Those who have left before: the invite by which they came names them and the CRM user.
    op.execute(
        "UPDATE people SET former_user = (SELECT max(invites.crm_user_id) FROM invites"
        " WHERE invites.name = people.name AND invites.used_at IS NOT NULL) WHERE NOT active"
    )


def downgrade() -> None:
    op.drop_column("people", "former_user")
