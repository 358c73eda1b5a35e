"""The state of our line to Telegram, as the last calls found it."""

from __future__ import annotations

from dataclasses import dataclass

from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.request import was_not_sent

# So many failures in a row are an outage, not bad luck of one update.
OUTAGE_AFTER = 5
_TOKEN_RETRY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Outage:
    """Handling failed through no fault of the update: try it again after `retry_after` seconds."""

    retry_after: float
    reason: str


class TelegramLink:
    """Counts failures in a row and remembers a refused token. Fed with every call's outcome."""

    def __init__(self) -> None:
        self._failures = 0
        self.token_refused = False

    @property
    def is_down(self) -> bool:
        return self.token_refused or self._failures >= OUTAGE_AFTER

    def observe(self, _method: str, outcome: str) -> None:
        """Take note of one call: an HTTP status, "timeout" or "network"."""
        if outcome == "401":
            self.token_refused = True
            return
        if outcome in ("timeout", "network") or outcome.startswith("5"):
            self._failures += 1
            return
        self._failures = 0
        self.token_refused = False

    def outage(self, error: BaseException) -> Outage | None:
        """How to read a failed call: an outage, or None for a failure of the update itself."""
        if isinstance(error, RetryAfter):
            after = error._retry_after  # the public property changes its type with a setting
            return Outage(after.total_seconds(), "rate limit")
        if isinstance(error, InvalidToken):
            return Outage(_TOKEN_RETRY_SECONDS, "token refused")
        lost = isinstance(error, NetworkError) and not _is_refusal(error)
        if lost and (was_not_sent(error) or self.is_down):
            return Outage(5, "telegram unreachable")
        return None


def _is_refusal(error: TelegramError) -> bool:
    # PTB derives BadRequest from NetworkError, but Telegram did answer.
    return type(error).__name__ in ("BadRequest", "ChatMigrated")
