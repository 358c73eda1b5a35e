"""Consultation and mediation: cases, identities, facts, steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _cases()
    _case_identities()
    _case_facts()
    _case_steps()
    _case_openings()
    _case_notes()
    _case_meetings()
    _case_agreements()
    _case_instalments()
    _case_disclosures()
    _law_firms()
    _case_referrals()
    _case_risks()
    _case_intakes()
    _case_codes()
    _case_messages()


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("number", sa.String(9), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("wish", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("unit_id", sa.BigInteger, nullable=False),
        sa.Column("offered_id", sa.BigInteger),
        sa.Column("overseer_id", sa.BigInteger),
        sa.Column("respondent_id", sa.BigInteger),
        sa.Column("employer_print", sa.String(64), nullable=False),
        sa.Column("is_anonymous", sa.Boolean, nullable=False),
        sa.Column("assigned_to", sa.String(16)),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("escalated_at", sa.BigInteger),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("lead_id", sa.String(16)),
        sa.Column("head_count", sa.Integer, nullable=False),
        sa.Column("stars", sa.SmallInteger),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_cases_unit_id_units"),
        sa.ForeignKeyConstraint(["offered_id"], ["units.id"], name="fk_cases_offered_id_units"),
        sa.ForeignKeyConstraint(["overseer_id"], ["units.id"], name="fk_cases_overseer_id_units"),
        sa.ForeignKeyConstraint(
            ["respondent_id"], ["units.id"], name="fk_cases_respondent_id_units"
        ),
        sa.ForeignKeyConstraint(["assigned_to"], ["staff.id"], name="fk_cases_assigned_to_staff"),
        sa.ForeignKeyConstraint(["lead_id"], ["cases.id"], name="fk_cases_lead_id_cases"),
        sa.UniqueConstraint("number", name="uq_cases_number"),
    )
    op.create_index("ix_cases_assigned_to", "cases", ["assigned_to"])
    op.create_index("ix_cases_due_at", "cases", ["due_at"])
    op.create_index("ix_cases_employer_print", "cases", ["employer_print"])
    op.create_index("ix_cases_lead_id", "cases", ["lead_id"])
    op.create_index("ix_cases_unit_id_state", "cases", ["unit_id", "state"])


def _case_identities() -> None:
    op.create_table(
        "case_identities",
        sa.Column("case_id", sa.String(16), nullable=False),
        sa.Column("member_print", sa.String(64), nullable=False),
        sa.Column("sealed_chat", sa.LargeBinary),
        sa.Column("sealed_name", sa.LargeBinary),
        sa.Column("sealed_phone", sa.LargeBinary),
        sa.Column("sealed_reach", sa.LargeBinary),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_identities"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name="fk_case_identities_case_id_cases"
        ),
    )
    op.create_index("ix_case_identities_member_print", "case_identities", ["member_print"])


def _case_facts() -> None:
    op.create_table(
        "case_facts",
        sa.Column("case_id", sa.String(16), nullable=False),
        sa.Column("sealed_facts", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_facts"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_facts_case_id_cases"),
    )


def _case_steps() -> None:
    op.create_table(
        "case_steps",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("case_id", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("act", sa.String(12), nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("before", sa.String(12), nullable=False),
        sa.Column("after", sa.String(12), nullable=False),
        sa.Column("sealed_note", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_case_steps"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_steps_case_id_cases"),
    )
    op.create_index("ix_case_steps_case_id_at", "case_steps", ["case_id", "at"])


def _case_openings() -> None:
    op.create_table(
        "case_openings",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("case_id", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("staff_id", sa.String(16), nullable=False),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_case_openings"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_openings_case_id_cases"),
    )
    op.create_index("ix_case_openings_case_id_at", "case_openings", ["case_id", "at"])


def _case_notes() -> None:
    op.create_table(
        "case_notes",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("case_id", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_notes"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_notes_case_id_cases"),
    )
    op.create_index("ix_case_notes_case_id", "case_notes", ["case_id"])


def _case_meetings() -> None:
    op.create_table(
        "case_meetings",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("case_id", sa.String(16), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("sealed_place", sa.LargeBinary, nullable=False),
        sa.Column("slots", sa.JSON, nullable=False),
        sa.Column("chosen", sa.BigInteger),
        sa.Column("made_by", sa.String(16), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("other_side_at", sa.BigInteger),
        sa.Column("reminded_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_case_meetings"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_meetings_case_id_cases"),
    )
    op.create_index("ix_case_meetings_case_id", "case_meetings", ["case_id"])
    op.create_index("ix_case_meetings_state_chosen", "case_meetings", ["state", "chosen"])


def _case_agreements() -> None:
    op.create_table(
        "case_agreements",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("case_id", sa.String(16), nullable=False),
        sa.Column("agreed_on", sa.Date, nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("claimed", sa.BigInteger),
        sa.Column("settled", sa.BigInteger, nullable=False),
        sa.Column("sealed_other", sa.LargeBinary),
        sa.Column("made_by", sa.String(16), nullable=False),
        sa.Column("cancelled_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_case_agreements"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name="fk_case_agreements_case_id_cases"
        ),
    )
    op.create_index("ix_case_agreements_agreed_on", "case_agreements", ["agreed_on"])
    op.create_index("ix_case_agreements_case_id", "case_agreements", ["case_id"])


def _case_instalments() -> None:
    op.create_table(
        "case_instalments",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("agreement_id", sa.String(16), nullable=False),
        sa.Column("number", sa.SmallInteger, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("paid", sa.String(8), nullable=False),
        sa.Column("received", sa.BigInteger),
        sa.Column("asked_at", sa.BigInteger),
        sa.Column("answered_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_case_instalments"),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["case_agreements.id"],
            name="fk_case_instalments_agreement_id_case_agreements",
        ),
        sa.UniqueConstraint("agreement_id", "number", name="uq_case_instalments_agreement_id"),
    )
    op.create_index("ix_case_instalments_paid_due_on", "case_instalments", ["paid", "due_on"])


def _case_disclosures() -> None:
    op.create_table(
        "case_disclosures",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("case_id", sa.String(16), nullable=False),
        sa.Column("sealed_to", sa.LargeBinary, nullable=False),
        sa.Column("sealed_what", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.String(12), nullable=False),
        sa.Column("asked_by", sa.String(16), nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("answered_at", sa.BigInteger),
        sa.Column("done_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_case_disclosures"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name="fk_case_disclosures_case_id_cases"
        ),
    )
    op.create_index("ix_case_disclosures_case_id", "case_disclosures", ["case_id"])


def _law_firms() -> None:
    op.create_table(
        "law_firms",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("phone", sa.String(30), nullable=False),
        sa.Column("contract_from", sa.Date, nullable=False),
        sa.Column("contract_until", sa.Date, nullable=False),
        sa.Column("duty", sa.String(7), nullable=False),
        sa.Column("changed_by", sa.String(16), nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_law_firms"),
    )


def _case_referrals() -> None:
    op.create_table(
        "case_referrals",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("case_id", sa.String(16), nullable=False),
        sa.Column("firm_id", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("sealed_note", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_case_referrals"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_referrals_case_id_cases"),
        sa.ForeignKeyConstraint(
            ["firm_id"], ["law_firms.id"], name="fk_case_referrals_firm_id_law_firms"
        ),
    )
    op.create_index("ix_case_referrals_case_id", "case_referrals", ["case_id"])


def _case_risks() -> None:
    op.create_table(
        "case_risks",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("employer_print", sa.String(64), nullable=False),
        sa.Column("theme", sa.String(12), nullable=False),
        sa.Column("unit_id", sa.BigInteger, nullable=False),
        sa.Column("respondent_id", sa.BigInteger),
        sa.Column("members", sa.Integer, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("counted_at", sa.BigInteger, nullable=False),
        sa.Column("asked_by", sa.String(16)),
        sa.Column("asked_at", sa.BigInteger),
        sa.Column("sealed_reason", sa.LargeBinary),
        sa.Column("unlocked_by", sa.String(16)),
        sa.Column("unlocked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_case_risks"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_case_risks_unit_id_units"),
        sa.ForeignKeyConstraint(
            ["respondent_id"], ["units.id"], name="fk_case_risks_respondent_id_units"
        ),
        sa.UniqueConstraint("employer_print", "theme", name="uq_case_risks_employer_print"),
    )


def _case_intakes() -> None:
    op.create_table(
        "case_intakes",
        sa.Column("member_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("case_id", sa.String(16), nullable=False),
        sa.Column("sealed_answers", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("member_id", name="pk_case_intakes"),
    )
    op.create_index("ix_case_intakes_expires_at", "case_intakes", ["expires_at"])


def _case_codes() -> None:
    op.create_table(
        "case_codes",
        sa.Column("member_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("code_print", sa.String(64), nullable=False),
        sa.Column("wrong", sa.SmallInteger, nullable=False),
        sa.Column("locked_until", sa.BigInteger),
        sa.Column("open_until", sa.BigInteger),
        sa.PrimaryKeyConstraint("member_id", name="pk_case_codes"),
    )


def _case_messages() -> None:
    op.create_table(
        "case_messages",
        sa.Column("member_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "message_id", name="pk_case_messages"),
    )
    op.create_index("ix_case_messages_at", "case_messages", ["at"])
