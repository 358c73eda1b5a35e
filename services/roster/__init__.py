"""Rosters of members, from the file to the people."""

from services.roster.service import RosterService

__all__ = ["RosterService"]
