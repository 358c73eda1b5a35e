"""Events: what members do, what staff do, and what happens by the clock."""

from services.events.asking import Asked, SignUpForms
from services.events.desk import EventDesk
from services.events.door import EventDoor
from services.events.reader import EventReader, Guest, Overview
from services.events.seats import SeatDesk
from services.events.service import EventService, Past, View
from services.events.ticks import EventClock

__all__ = [
    "Asked",
    "EventClock",
    "EventDesk",
    "EventDoor",
    "EventReader",
    "EventService",
    "Guest",
    "Overview",
    "Past",
    "SeatDesk",
    "SignUpForms",
    "View",
]
