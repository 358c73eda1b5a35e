"""The console's cookies: each bound to this host, sent over https only, unseen by scripts."""

from __future__ import annotations

from aiohttp import web

# The session; the token is known to the browser only, the database has its hash.
SESSION = "__Host-nuanxin"
# A visit before signing in: forms of the sign-in pages belong to it.
VISIT = "__Host-nuanxin-visit"
# The sign-in that this browser asked for.
CHALLENGE = "__Host-nuanxin-challenge"
# What the next page says, once.
FLASH = "__Host-nuanxin-flash"
# Where somebody wanted to go before signing in.
NEXT = "__Host-nuanxin-next"
THEME = "__Host-nuanxin-theme"

_LONGEST = 2000


def get(request: web.Request, name: str) -> str | None:
    """The cookie's value, or None if there is none or it cannot be one of ours."""
    value = request.cookies.get(name)
    if not value or len(value) > _LONGEST or not value.isascii():
        return None
    return value


def put(response: web.StreamResponse, name: str, value: str, max_age: int | None = None) -> None:
    """Set a cookie; without `max_age` it goes when the browser is closed."""
    response.set_cookie(
        name, value, max_age=max_age, path="/", secure=True, httponly=True, samesite="Lax"
    )


def drop(response: web.StreamResponse, name: str) -> None:
    """Take a cookie away."""
    response.del_cookie(name, path="/", secure=True, httponly=True, samesite="Lax")
