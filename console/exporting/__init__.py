"""Lists as spreadsheets: one way out for all nouns. `respond` is all that a page needs."""

from console.exporting.responding import Export, in_chunks, respond
from domain.exports import Column, Filter, Format, Kind

__all__ = ["Column", "Export", "Filter", "Format", "Kind", "in_chunks", "respond"]
