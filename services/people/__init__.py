"""People behind the members: their profile, their data in their own hands, and staff's view."""

from services.people.office import PeopleOffice
from services.people.own_data import OwnDataService
from services.people.profile import ProfileService

__all__ = ["OwnDataService", "PeopleOffice", "ProfileService"]
