"""Cases: where each stands, and sealed beside it who it is about and what happened."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, metadata

# Nothing here names anybody: lists, searches and counts read this table alone.
cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("number", sa.String(9), nullable=False, unique=True),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("wish", sa.String(12), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("level", sa.String(12), nullable=False),
    # Units are kept by id: they may move in the tree, and reach and wall follow them.
    sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("units.id"), nullable=False),
    sa.Column("offered_id", sa.BigInteger, sa.ForeignKey("units.id")),
    sa.Column("overseer_id", sa.BigInteger, sa.ForeignKey("units.id")),
    sa.Column("respondent_id", sa.BigInteger, sa.ForeignKey("units.id")),
    sa.Column("employer_print", sa.String(64), nullable=False),
    sa.Column("is_anonymous", sa.Boolean, nullable=False),
    sa.Column("assigned_to", sa.String(16), sa.ForeignKey("staff.id")),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("escalated_at", Instant),
    sa.Column("closed_at", Instant),
    sa.Column("lead_id", sa.String(16), sa.ForeignKey("cases.id")),
    sa.Column("head_count", sa.Integer, nullable=False),
    sa.Column("stars", sa.SmallInteger),
    sa.Index("ix_cases_unit_id_state", "unit_id", "state"),
    sa.Index("ix_cases_assigned_to", "assigned_to"),
    sa.Index("ix_cases_due_at", "due_at"),
    sa.Index("ix_cases_employer_print", "employer_print"),
    sa.Index("ix_cases_lead_id", "lead_id"),
)

# The print is a keyed hash: the member finds their cases by it, and nobody finds the member.
case_identities = sa.Table(
    "case_identities",
    metadata,
    sa.Column("case_id", sa.String(16), sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("member_print", sa.String(64), nullable=False, index=True),
    sa.Column("sealed_chat", sa.LargeBinary),
    sa.Column("sealed_name", sa.LargeBinary),
    sa.Column("sealed_phone", sa.LargeBinary),
    sa.Column("sealed_reach", sa.LargeBinary),
)

case_facts = sa.Table(
    "case_facts",
    metadata,
    sa.Column("case_id", sa.String(16), sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("sealed_facts", sa.LargeBinary, nullable=False),
)

case_steps = sa.Table(
    "case_steps",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("case_id", sa.String(16), sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("act", sa.String(12), nullable=False),
    sa.Column("by", sa.String(16), nullable=False),
    sa.Column("before", sa.String(12), nullable=False),
    sa.Column("after", sa.String(12), nullable=False),
    sa.Column("sealed_note", sa.LargeBinary),
    sa.Index("ix_case_steps_case_id_at", "case_id", "at"),
)

case_openings = sa.Table(
    "case_openings",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("case_id", sa.String(16), sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("staff_id", sa.String(16), nullable=False),
    sa.Column("role", sa.String(12), nullable=False),
    sa.Column("sealed_reason", sa.LargeBinary),
    sa.Index("ix_case_openings_case_id_at", "case_id", "at"),
)

case_notes = sa.Table(
    "case_notes",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("case_id", sa.String(16), sa.ForeignKey("cases.id"), nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(16), nullable=False),
    sa.Column("sealed_text", sa.LargeBinary, nullable=False),
)

case_meetings = sa.Table(
    "case_meetings",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("case_id", sa.String(16), sa.ForeignKey("cases.id"), nullable=False, index=True),
    sa.Column("mode", sa.String(8), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("sealed_place", sa.LargeBinary, nullable=False),
    # Milliseconds since 1970, as everywhere.
    sa.Column("slots", sa.JSON, nullable=False),
    sa.Column("chosen", Instant),
    sa.Column("made_by", sa.String(16), nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("other_side_at", Instant),
    sa.Column("reminded_at", Instant),
    sa.Index("ix_case_meetings_state_chosen", "state", "chosen"),
)

# Amounts in fen stand in clear: the half-year report adds them up, and they name nobody.
case_agreements = sa.Table(
    "case_agreements",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("case_id", sa.String(16), sa.ForeignKey("cases.id"), nullable=False, index=True),
    sa.Column("agreed_on", sa.Date, nullable=False, index=True),
    sa.Column("level", sa.String(12), nullable=False),
    sa.Column("claimed", sa.BigInteger),
    sa.Column("settled", sa.BigInteger, nullable=False),
    sa.Column("sealed_other", sa.LargeBinary),
    sa.Column("made_by", sa.String(16), nullable=False),
    sa.Column("cancelled_at", Instant),
)

case_instalments = sa.Table(
    "case_instalments",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("agreement_id", sa.String(16), sa.ForeignKey("case_agreements.id"), nullable=False),
    sa.Column("number", sa.SmallInteger, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("paid", sa.String(8), nullable=False),
    sa.Column("received", sa.BigInteger),
    sa.Column("asked_at", Instant),
    sa.Column("answered_at", Instant),
    sa.UniqueConstraint("agreement_id", "number"),
    sa.Index("ix_case_instalments_paid_due_on", "paid", "due_on"),
)

case_disclosures = sa.Table(
    "case_disclosures",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("case_id", sa.String(16), sa.ForeignKey("cases.id"), nullable=False, index=True),
    sa.Column("sealed_to", sa.LargeBinary, nullable=False),
    sa.Column("sealed_what", sa.LargeBinary, nullable=False),
    sa.Column("answer", sa.String(12), nullable=False),
    sa.Column("asked_by", sa.String(16), nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("answered_at", Instant),
    sa.Column("done_at", Instant),
)

law_firms = sa.Table(
    "law_firms",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("phone", sa.String(30), nullable=False),
    sa.Column("contract_from", sa.Date, nullable=False),
    sa.Column("contract_until", sa.Date, nullable=False),
    # Weekdays on duty, Monday is 0: "024".
    sa.Column("duty", sa.String(7), nullable=False),
    sa.Column("changed_by", sa.String(16), nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
)

case_referrals = sa.Table(
    "case_referrals",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("case_id", sa.String(16), sa.ForeignKey("cases.id"), nullable=False, index=True),
    sa.Column("firm_id", sa.String(16), sa.ForeignKey("law_firms.id"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(16), nullable=False),
    sa.Column("sealed_note", sa.LargeBinary),
)

# The ledger of risks: counts only. Who they are is asked of the cases, after two people agreed.
case_risks = sa.Table(
    "case_risks",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("employer_print", sa.String(64), nullable=False),
    sa.Column("theme", sa.String(12), nullable=False),
    sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("units.id"), nullable=False),
    sa.Column("respondent_id", sa.BigInteger, sa.ForeignKey("units.id")),
    sa.Column("members", sa.Integer, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("counted_at", Instant, nullable=False),
    sa.Column("asked_by", sa.String(16)),
    sa.Column("asked_at", Instant),
    sa.Column("sealed_reason", sa.LargeBinary),
    sa.Column("unlocked_by", sa.String(16)),
    sa.Column("unlocked_at", Instant),
    sa.UniqueConstraint("employer_print", "theme"),
)

# Answers of a form that is not handed in yet, with the case that it belongs to if there is one. It
# outlives other forms: somebody who is afraid may go on days later.
case_intakes = sa.Table(
    "case_intakes",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("sealed_answers", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", Instant, nullable=False, index=True),
)

# A code before a member's own matters, as a keyed hash, with the brake on wrong tries and the time
# at which somebody said that it is forgotten.
case_codes = sa.Table(
    "case_codes",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("code_print", sa.String(64), nullable=False),
    sa.Column("wrong", sa.SmallInteger, nullable=False),
    sa.Column("locked_until", Instant),
    sa.Column("open_until", Instant),
    sa.Column("reset_asked_at", Instant),
)

# Messages of the chat that can be wiped: Telegram lets a bot delete what is under 48 hours old.
case_messages = sa.Table(
    "case_messages",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False, index=True),
)
