"""Tables and columns for the professional's side: intake, live sessions, records, handing over, keys

Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:

    with op.batch_alter_table("installations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lasting_fingerprint", sa.String(length=16), nullable=True))

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("page_address", sa.LargeBinary(), nullable=True))


def downgrade() -> None:

    with op.batch_alter_table("installations", schema=None) as batch_op:
        batch_op.drop_column("lasting_fingerprint")

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("page_address")
