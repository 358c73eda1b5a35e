"""Cases: consultation and mediation, for members, for staff, by the clock."""

from services.cases.aside import DisclosureDesk, FirmDesk
from services.cases.desk import CaseDesk
from services.cases.exporting import CaseExports
from services.cases.figures import CaseFigures
from services.cases.intake import CaseIntake
from services.cases.meeting import MeetingDesk
from services.cases.member import CaseService
from services.cases.risks import RiskDesk
from services.cases.settling import SettlementDesk
from services.cases.telling import FILLED, fill_notice
from services.cases.ticks import CaseClock

__all__ = [
    "FILLED",
    "CaseClock",
    "CaseDesk",
    "CaseExports",
    "CaseFigures",
    "CaseIntake",
    "CaseService",
    "DisclosureDesk",
    "FirmDesk",
    "MeetingDesk",
    "RiskDesk",
    "SettlementDesk",
    "fill_notice",
]
