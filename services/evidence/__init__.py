"""Evidence: sent in the chat or through a page, kept sealed, read by whoever works on the case."""

from services.evidence.desk import EvidenceDesk
from services.evidence.service import EvidenceService, Receipt
from services.evidence.uploads import Page, UploadService

__all__ = ["EvidenceDesk", "EvidenceService", "Page", "Receipt", "UploadService"]
