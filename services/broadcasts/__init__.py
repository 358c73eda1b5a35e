"""Broadcasts: written, counted, agreed to by two people, sent, followed up."""

from services.broadcasts.approvals import ApprovalDesk, Look, Waiting
from services.broadcasts.calls import CallDesk, CallRow
from services.broadcasts.clock import BroadcastClock
from services.broadcasts.common import TOLD_STAFF, BroadcastPolicy
from services.broadcasts.desk import BroadcastDesk, Listed
from services.broadcasts.emergencies import EmergencyDesk
from services.broadcasts.members import BroadcastMembers
from services.broadcasts.runs import LedgerRow, ReachReport, RunDesk, RunProgress
from services.broadcasts.segments import SegmentDesk

__all__ = [
    "TOLD_STAFF",
    "ApprovalDesk",
    "BroadcastClock",
    "BroadcastDesk",
    "BroadcastMembers",
    "BroadcastPolicy",
    "CallDesk",
    "CallRow",
    "EmergencyDesk",
    "LedgerRow",
    "Listed",
    "Look",
    "ReachReport",
    "RunDesk",
    "RunProgress",
    "SegmentDesk",
    "Waiting",
]
