"""Cases as they are kept: where they stand, sealed records beside them, forms of members."""

from storage.cases.asides import CaseAsides
from storage.cases.cases import Cases, seen
from storage.cases.firms import LawFirms
from storage.cases.forms import CaseForms
from storage.cases.risks import CaseRisks

__all__ = ["CaseAsides", "CaseForms", "CaseRisks", "Cases", "LawFirms", "seen"]
