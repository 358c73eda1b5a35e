"""Delivery: what the outbox holds is sent, at Telegram's pace, by one or several processes."""

from bot.delivery.policy import Policy
from bot.delivery.pump import Pump
from bot.delivery.window import Window
from bot.delivery.wire import WireClock

__all__ = ["Policy", "Pump", "Window", "WireClock"]
