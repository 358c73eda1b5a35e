"""Talks: what members, staff and the clock do with them."""

from services.talks.desk import TalkDesk
from services.talks.member import Heard, Standing, TalkService
from services.talks.phrases import PhraseService
from services.talks.reader import Row, TalkFileView, TalkReader, TalkView
from services.talks.sending import fill_reply
from services.talks.ticks import TalkClock
from storage.talk_replies import REPLY

__all__ = [
    "REPLY",
    "Heard",
    "PhraseService",
    "Row",
    "Standing",
    "TalkClock",
    "TalkDesk",
    "TalkFileView",
    "TalkReader",
    "TalkService",
    "TalkView",
    "fill_reply",
]
