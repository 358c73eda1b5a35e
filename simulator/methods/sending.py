"""Messages that are text, a place or a contact, and the typing sign."""

from typing import TYPE_CHECKING

from simulator.errors import bad
from simulator.methods.common import JSON, put, read_text
from simulator.params import Params

if TYPE_CHECKING:
    from simulator.server import Simulator

ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
SHOWN_SECONDS = 5


def send_message(simulator: "Simulator", params: Params) -> JSON:
    """A text."""
    text, entities = read_text(params)
    content: JSON = {"text": text}
    if entities:
        content["entities"] = entities
    return put(simulator, params, content)


def send_location(simulator: "Simulator", params: Params) -> JSON:
    """A place on the map."""
    return put(simulator, params, {"location": _location(params)})


def send_venue(simulator: "Simulator", params: Params) -> JSON:
    """A place with its name and address."""
    location, title, address = _location(params), params.text("title"), params.text("address")
    if not title.strip():
        raise bad("title is empty")
    if not address.strip():
        raise bad("address is empty")
    venue = {"location": location, "title": title, "address": address}
    return put(simulator, params, {"venue": venue, "location": location})


def send_contact(simulator: "Simulator", params: Params) -> JSON:
    """A phone number with a name."""
    phone, name = params.text("phone_number"), params.text("first_name")
    if not phone.strip():
        raise bad("phone number is empty")
    if not name.strip():
        raise bad("first name is empty")
    contact = {"phone_number": phone, "first_name": name}
    for field in ("last_name", "vcard"):
        if params.text(field):
            contact[field] = params.text(field)
    return put(simulator, params, {"contact": contact})


def send_chat_action(simulator: "Simulator", params: Params) -> bool:
    """The sign that the bot is typing; it goes by itself."""
    if params.text("action") not in ACTIONS:
        raise bad("wrong parameter action in request")
    chat = simulator.open_chat(params.values.get("chat_id"))
    if chat.private:
        simulator.show({"type": "typing", "user": chat.id, "seconds": SHOWN_SECONDS})
    return True


def _location(params: Params) -> JSON:
    latitude, longitude = params.decimal("latitude"), params.decimal("longitude")
    if latitude is None or not -90 <= latitude <= 90:
        raise bad("latitude is empty" if latitude is None else "wrong latitude specified")
    if longitude is None or not -180 <= longitude <= 180:
        raise bad("longitude is empty" if longitude is None else "wrong longitude specified")
    return {"latitude": latitude, "longitude": longitude}


METHODS = {
    "sendMessage": send_message,
    "sendLocation": send_location,
    "sendVenue": send_venue,
    "sendContact": send_contact,
    "sendChatAction": send_chat_action,
}
