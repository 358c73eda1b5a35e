"""Events: what members do, what staff do, and what happens by the clock."""

from services.events.asking import Asked, SignUpForms
from services.events.desk import EventDesk
from services.events.door import EventDoor
from services.events.seats import Listed, SeatDesk
from services.events.service import EventService, Past, View
from services.events.ticks import EventClock

__all__ = [
    "Asked",
    "EventClock",
    "EventDesk",
    "EventDoor",
    "EventService",
    "Listed",
    "Past",
    "SeatDesk",
    "SignUpForms",
    "View",
]
