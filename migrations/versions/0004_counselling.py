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

    op.create_table(
        "confidentiality_texts",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wordings", sa.JSON(), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_confidentiality_texts")),
    )
    op.create_table(
        "absences",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cover_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["cover_id"], ["staff.id"], name=op.f("fk_absences_cover_id_staff")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_absences_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_absences_staff_id_ends_at"), ["staff_id", "ends_at"], unique=False
        )

    op.create_table(
        "canned_texts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_canned_texts_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_texts")),
    )
    op.create_table(
        "professional_profiles",
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("most_cases", sa.Integer(), nullable=True),
        sa.Column("licence_expires_on", sa.Date(), nullable=True),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
            name=op.f("fk_professional_profiles_staff_id_staff"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_professional_profiles")),
    )
    op.create_table(
        "case_drafts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "side",
            sa.Enum("student", "professional", name="authorkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("writer", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_drafts_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_drafts")),
        sa.UniqueConstraint("case_id", "writer", "place", name=op.f("uq_case_drafts_case_id_writer_place")),
    )
    op.create_table(
        "case_forms",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "risk_assessment",
                "safety_plan",
                "referral",
                "safeguarding",
                name="formkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finalised_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_forms_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_forms_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_forms")),
        sa.UniqueConstraint("case_id", "kind", "number", name=op.f("uq_case_forms_case_id_kind_number")),
    )
    op.create_table(
        "case_members",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "part",
            sa.Enum("second", "cover", name="memberpart", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("invited_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_members_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["invited_by"], ["staff.id"], name=op.f("fk_case_members_invited_by_staff")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_members_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_members")),
    )
    with op.batch_alter_table("case_members", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_case_members_case_id_ended_at"), ["case_id", "ended_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_case_members_staff_id_ended_at"), ["staff_id", "ended_at"], unique=False
        )

    op.create_table(
        "case_notes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "lane",
            sa.Enum("shared", "team", "own", name="lane", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("addendum_to", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finalised_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["addendum_to"],
            ["case_notes.id"],
            name=op.f("fk_case_notes_addendum_to_case_notes"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_notes_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_notes_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_notes")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_case_notes_case_id_number")),
    )
    with op.batch_alter_table("case_notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_notes_case_id_lane"), ["case_id", "lane"], unique=False)

    op.create_table(
        "confidentiality_readings",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_confidentiality_readings_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("case_id", "version", name=op.f("pk_confidentiality_readings")),
    )
    op.create_table(
        "fit_notes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "fit",
            sa.Enum("online", "face_to_face", "urgent", "not_us", name="fit", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_fit_notes_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_fit_notes_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fit_notes")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_fit_notes_case_id_number")),
    )
    op.create_table(
        "handovers",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "offered",
                "accepted",
                "refused",
                "lapsed",
                "taken_back",
                name="handoverstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_conflict", sa.Boolean(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_handovers_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["from_id"], ["staff.id"], name=op.f("fk_handovers_from_id_staff")),
        sa.ForeignKeyConstraint(["to_id"], ["staff.id"], name=op.f("fk_handovers_to_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handovers_state_due_at"), ["state", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_handovers_to_id_state"), ["to_id", "state"], unique=False)
        batch_op.create_index(
            "uq_handovers_open_case",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("state = 'offered'"),
            postgresql_where=sa.text("state = 'offered'"),
        )

    op.create_table(
        "intakes",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hope", sa.LargeBinary(), nullable=True),
        sa.Column("answers", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_intakes_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_intakes")),
    )
    op.create_table(
        "live_sessions",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "open", "ended", "left", name="livestate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "asked_by",
            sa.Enum("student", "professional", name="authorkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_end_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extended", sa.Integer(), nullable=False),
        sa.Column("student_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("staff_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ended_by",
            sa.Enum("student", "professional", name="authorkind", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("cut_off", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_live_sessions_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_live_sessions_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_sessions")),
    )
    with op.batch_alter_table("live_sessions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_live_sessions_state_asked_at"), ["state", "asked_at"], unique=False
        )
        batch_op.create_index(
            "uq_live_sessions_open_case",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "reach_backs",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ping", sa.LargeBinary(), nullable=True),
        sa.Column("call_back", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pinged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_reach_backs_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_reach_backs")),
    )
    op.create_table(
        "supervisions",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("supervisor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "scope", sa.Enum("whole", "excerpt", name="scope", native_enum=False, length=40), nullable=False
        ),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_supervisions_asked_by_staff")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_supervisions_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["supervisor_id"], ["staff.id"], name=op.f("fk_supervisions_supervisor_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervisions")),
    )
    with op.batch_alter_table("supervisions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_supervisions_case_id_ended_at"), ["case_id", "ended_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_supervisions_supervisor_id_ended_at"), ["supervisor_id", "ended_at"], unique=False
        )

    op.create_table(
        "thread_cares",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_author_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("author_agrees", sa.Boolean(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returns_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_thread_cares_staff_id_staff")),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name=op.f("fk_thread_cares_thread_id_threads"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_cares")),
    )
    with op.batch_alter_table("thread_cares", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_thread_cares_returned_at_returns_at"), ["returned_at", "returns_at"], unique=False
        )
        batch_op.create_index(
            "uq_thread_cares_live_thread",
            ["thread_id"],
            unique=True,
            sqlite_where=sa.text("returned_at IS NULL"),
            postgresql_where=sa.text("returned_at IS NULL"),
        )

    with op.batch_alter_table("case_messages", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "kind",
                sa.Enum("letter", "live", "check", "away", name="messagekind", native_enum=False, length=40),
                server_default="letter",
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column("live_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("feeling", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("sent_tag", sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f("uq_case_messages_case_id_sent_tag"), ["case_id", "sent_tag"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_case_messages_live_session_id_live_sessions"),
            "live_sessions",
            ["live_session_id"],
            ["id"],
        )

    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("wants", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("return_tag", sa.LargeBinary(length=32), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_cases_return_tag"), ["return_tag"])

    with op.batch_alter_table("encounters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rating", sa.LargeBinary(), nullable=True))
        batch_op.add_column(
            sa.Column("live_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_encounters_live_session_id_live_sessions"),
            "live_sessions",
            ["live_session_id"],
            ["id"],
        )

    with op.batch_alter_table("obligations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_told", sa.Boolean(), server_default=sa.true(), nullable=False))

    # What students hope for moves as it is: it stays sealed for the same place of the same case.
    op.execute(
        "INSERT INTO intakes (case_id, hope, version, saved_at)"
        " SELECT case_id, hope, 1, asked_at FROM self_referrals WHERE hope IS NOT NULL"
    )
    with op.batch_alter_table("self_referrals", schema=None) as batch_op:
        batch_op.drop_column("hope")

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("page_address", sa.LargeBinary(), nullable=True))

    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_paused", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(
            sa.Column("is_cared_for", sa.Boolean(), server_default=sa.false(), nullable=False)
        )


def downgrade() -> None:

    with op.batch_alter_table("installations", schema=None) as batch_op:
        batch_op.drop_column("lasting_fingerprint")

    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.drop_column("is_cared_for")
        batch_op.drop_column("is_paused")

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("page_address")

    with op.batch_alter_table("self_referrals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hope", sa.LargeBinary(), nullable=True))

    op.execute(
        "UPDATE self_referrals SET hope ="
        " (SELECT hope FROM intakes WHERE intakes.case_id = self_referrals.case_id)"
    )

    with op.batch_alter_table("obligations", schema=None) as batch_op:
        batch_op.drop_column("is_told")

    with op.batch_alter_table("encounters", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_encounters_live_session_id_live_sessions"), type_="foreignkey"
        )
        batch_op.drop_column("live_session_id")
        batch_op.drop_column("rating")

    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_cases_return_tag"), type_="unique")
        batch_op.drop_column("return_tag")
        batch_op.drop_column("wants")
        batch_op.drop_column("warned_at")

    with op.batch_alter_table("case_messages", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_case_messages_live_session_id_live_sessions"), type_="foreignkey"
        )
        batch_op.drop_constraint(batch_op.f("uq_case_messages_case_id_sent_tag"), type_="unique")
        batch_op.drop_column("withdrawn_at")
        batch_op.drop_column("sent_tag")
        batch_op.drop_column("feeling")
        batch_op.drop_column("live_session_id")
        batch_op.drop_column("kind")

    with op.batch_alter_table("thread_cares", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_thread_cares_live_thread",
            sqlite_where=sa.text("returned_at IS NULL"),
            postgresql_where=sa.text("returned_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_thread_cares_returned_at_returns_at"))

    op.drop_table("thread_cares")
    with op.batch_alter_table("supervisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_supervisions_supervisor_id_ended_at"))
        batch_op.drop_index(batch_op.f("ix_supervisions_case_id_ended_at"))

    op.drop_table("supervisions")
    op.drop_table("reach_backs")
    with op.batch_alter_table("live_sessions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_live_sessions_open_case",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_live_sessions_state_asked_at"))

    op.drop_table("live_sessions")
    op.drop_table("intakes")
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_handovers_open_case",
            sqlite_where=sa.text("state = 'offered'"),
            postgresql_where=sa.text("state = 'offered'"),
        )
        batch_op.drop_index(batch_op.f("ix_handovers_to_id_state"))
        batch_op.drop_index(batch_op.f("ix_handovers_state_due_at"))

    op.drop_table("handovers")
    op.drop_table("fit_notes")
    op.drop_table("confidentiality_readings")
    with op.batch_alter_table("case_notes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_notes_case_id_lane"))

    op.drop_table("case_notes")
    with op.batch_alter_table("case_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_members_staff_id_ended_at"))
        batch_op.drop_index(batch_op.f("ix_case_members_case_id_ended_at"))

    op.drop_table("case_members")
    op.drop_table("case_forms")
    op.drop_table("case_drafts")
    op.drop_table("professional_profiles")
    op.drop_table("canned_texts")
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_absences_staff_id_ends_at"))

    op.drop_table("absences")
    op.drop_table("confidentiality_texts")
