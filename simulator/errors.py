"""The two ways in which the simulator says no: as Telegram to the bot, and to its own users."""

from typing import Any


class ApiError(Exception):
    """Telegram's refusal of a Bot API call: HTTP status, description and `parameters`."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The JSON body in which Telegram says so."""
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            body["parameters"] = self.parameters
        return body


class Refused(Exception):  # noqa: N818 - named for what the person is told
    """A person cannot do this now, or it does not exist; `status` is the HTTP status of /sim."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def bad(text: str) -> ApiError:
    """Telegram's 400."""
    return ApiError(400, f"Bad Request: {text}")


def forbidden(text: str) -> ApiError:
    """Telegram's 403."""
    return ApiError(403, f"Forbidden: {text}")


def conflict(text: str) -> ApiError:
    """Telegram's 409."""
    return ApiError(409, f"Conflict: {text}")
