"""Staff: accounts and grants, signing in by browser and phone, the second factor, the audit."""

from services.staff.accounts import StaffRecord, StaffService
from services.staff.audit import AuditService
from services.staff.factor import FactorService
from services.staff.phone import PhoneService
from services.staff.sign_in import SignInService

__all__ = [
    "AuditService",
    "FactorService",
    "PhoneService",
    "SignInService",
    "StaffRecord",
    "StaffService",
]
