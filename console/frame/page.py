"""What a page's handler is given: the request, who acts, the services, and how to answer."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.web_request import FileField
from markupsafe import Markup
from multidict import MultiDict, MultiDictProxy

from console.frame import cookies
from console.frame.paths import own, url
from console.frame.routes import Route
from console.frame.speech import Speech
from console.frame.tokens import csrf_token, seal, unseal
from domain.refusal import Refusal
from domain.sign_in import SignedIn, Stage
from domain.staff import Actor, Permission

if TYPE_CHECKING:
    from console.desk import ConsoleDesk
    from console.frame.building import Frame

_HIDDEN = Markup('<input type="hidden" name="{}" value="{}">')
_BIGGEST_ID = 2**63 - 1
_FLASH_SECONDS = 60
THEMES = ("auto", "light", "dark")


@dataclass(slots=True)
class Page:
    """One request. Rights, origin and form token were checked before the handler sees it."""

    request: web.Request
    route: Route
    desk: ConsoleDesk
    frame: Frame
    token: str | None = None
    signed: SignedIn | None = None
    posted: MultiDictProxy[str | bytearray | bytes | FileField] = field(
        default_factory=lambda: MultiDictProxy(MultiDict())
    )
    problem: Markup | None = None
    refusal: Refusal | None = None
    visit: str = ""
    address: str = ""

    @property
    def visitor(self) -> Actor | None:
        """Who is signed in and lacks nothing for acting."""
        full = self.signed is not None and self.signed.stage is Stage.FULL
        return self.signed.actor if self.signed is not None and full else None

    @property
    def actor(self) -> Actor:
        """Who acts. Only pages for everybody may be asked for without anybody signed in."""
        assert self.visitor is not None, "a public page has no actor"
        return self.visitor

    @property
    def t(self) -> Speech:
        return self.frame.speech

    @property
    def query(self) -> Mapping[str, str]:
        return {name: _sayable(value) for name, value in reversed([*self.request.query.items()])}

    @property
    def form(self) -> Mapping[str, str]:
        """The texts of the form, each name once."""
        texts = self.posted.items()
        return {name: _sayable(value) for name, value in texts if isinstance(value, str)}

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of one name, as boxes that can be ticked send them."""
        values = self.posted.getall(name, [])
        return tuple(_sayable(value) for value in values if isinstance(value, str))

    def file(self, name: str) -> FileField | None:
        """A file of the form, or None if none was chosen."""
        value = self.posted.get(name)
        return value if isinstance(value, FileField) and value.filename else None

    def typed(self, name: str, default: object = "") -> object:
        """What was typed into a form that is shown again, or the default."""
        return self.form.get(name, default)

    def arg(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]

    def number(self, name: str) -> int:
        """A part of the path that is a row's number; refuses what cannot be one as absent."""
        text = self.arg(name)
        if not (text.isascii() and text.isdigit() and len(text) < 20):
            raise Refusal("console.not_found")
        number = int(text)
        if not 0 < number <= _BIGGEST_ID:
            raise Refusal("console.not_found")
        return number

    def may(self, permission: Permission, path: str | None = None) -> bool:
        """Whether who acts may; nobody may nothing."""
        return self.visitor is not None and self.visitor.may(permission, path)

    @property
    def secret(self) -> str:
        """What this browser's forms and notes are bound to: its session, or its visit."""
        return self.token if self.token and self.signed else self.visit

    @property
    def theme(self) -> str:
        chosen = cookies.get(self.request, cookies.THEME)
        return chosen if chosen in THEMES else THEMES[0]

    @property
    def here(self) -> str:
        """The address of this page with what was asked for; of a POST, the page before it."""
        asked = self.request.rel_url.raw_path_qs
        return url("/") if self.route.method == "POST" or own(asked) is None else asked

    def guard(self) -> Markup:
        """The hidden fields that every form must have."""
        return _HIDDEN.format("csrf", csrf_token(self.secret))

    def once(self) -> Markup:
        """The hidden field of a form that must not be sent twice."""
        return _HIDDEN.format("once", secrets.token_urlsafe(16))

    def render(self, template: str, /, status: int = 200, **values: object) -> web.Response:
        """A page of console/templates. It is given `page` and the values."""
        if self.problem is not None and status == 200:
            status = 422
        flash = self._flash()
        html = self.frame.templates.get_template(template).render(page=self, flash=flash, **values)
        response = web.Response(text=html, status=status, content_type="text/html")
        if cookies.get(self.request, cookies.FLASH) is not None:
            cookies.drop(response, cookies.FLASH)
        return response

    def redirect(self, path: str, flash: str | None = None, /, **values: object) -> web.Response:
        """Send the browser on after an act. `flash` is the key of what the next page says."""
        response = web.Response(status=303, headers={"Location": url(path)})
        if flash is not None:
            self.say_next(response, self.t(flash, **values))
        return response

    def say_next(self, response: web.StreamResponse, sentence: Markup, tone: str = "good") -> None:
        """Have the next page say a sentence, once. `tone` is good or bad."""
        note = seal(self.secret, [tone, str(sentence)[:600]])
        cookies.put(response, cookies.FLASH, note, _FLASH_SECONDS)

    def json(self, data: object, status: int = 200) -> web.Response:
        """Data for a script of ours."""
        text = json.dumps(data, ensure_ascii=False)
        return web.Response(text=text, status=status, content_type="application/json")

    def refuse(self, refusal: Refusal) -> None:
        """Have the page that is shown next say a rule's no, beside what was typed."""
        self.refusal = refusal
        self.problem = self.t(refusal.code, **refusal.values)

    def must_be_named(self, name: str) -> None:
        """For acts that ask for the name: refuses if another was typed."""
        if self.form.get("confirm_name", "").strip() != name.strip():
            raise Refusal("console.name_mismatch", name=name)

    def _flash(self) -> tuple[str, Markup] | None:
        sealed = cookies.get(self.request, cookies.FLASH)
        note: Any = unseal(self.secret, sealed) if sealed else None
        if not isinstance(note, list):
            return None
        # Sealed by us when the sentence was made, and it was safe HTML then.
        return str(note[0]), Markup(note[1])  # noqa: S704


def _sayable(text: str) -> str:
    """Without the one character that PostgreSQL takes in no text."""
    return text.replace("\0", "")
