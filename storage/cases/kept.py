"""What is kept of a member by the consent to case work alone, and goes when it is taken back."""

from __future__ import annotations

from storage import tables
from storage.keeping import REGISTER

# The code before one's matters and the marks for wiping a chat stay: they tell of no case.
_CASE_TABLES = frozenset(
    {
        tables.evidence,
        tables.evidence_links,
        tables.case_intakes,
        tables.case_facts,
        tables.case_steps,
        tables.case_openings,
        tables.case_notes,
        tables.case_meetings,
        tables.case_disclosures,
        tables.case_referrals,
        tables.case_instalments,
        tables.case_agreements,
        tables.cases,
        tables.case_identities,
    }
)
CASE_REGISTER = tuple(kept for kept in REGISTER if kept.table in _CASE_TABLES)
