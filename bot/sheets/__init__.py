"""The knowledge base as a workbook, so that lawyers can work in a spreadsheet program."""

from bot.sheets.exporting import export
from bot.sheets.importing import Plan, apply, plan

__all__ = ["Plan", "apply", "export", "plan"]
