"""Telegram in one process: the real bot can be tried, and tested, without token or network."""

from simulator.errors import ApiError, Refused
from simulator.server import TOKEN, Running, Simulator, running

__all__ = ["TOKEN", "ApiError", "Refused", "Running", "Simulator", "running"]
