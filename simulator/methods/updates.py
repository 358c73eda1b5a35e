"""getUpdates, the webhook, getMe."""

import re
from typing import TYPE_CHECKING

from simulator.errors import bad
from simulator.methods.common import JSON, Raw
from simulator.params import Params
from simulator.webhook import Webhook

if TYPE_CHECKING:
    from simulator.server import Simulator


def get_me(simulator: "Simulator", params: Params) -> JSON:
    """The bot's account."""
    return {
        **simulator.bot.as_user(),
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_updates(simulator: "Simulator", params: Params) -> Raw:
    """Long poll."""
    limit, timeout = params.whole("limit", 100), params.whole("timeout")
    if limit < 0 or timeout < 0:
        raise bad("limit and timeout must not be negative")
    bodies = await simulator.delivery.poll(
        params.whole("offset"),
        min(limit or 100, 100),
        min(timeout, 50),
        params.array("allowed_updates"),
    )
    return Raw("[" + ",".join(bodies) + "]")


async def set_webhook(simulator: "Simulator", params: Params) -> bool:
    """Pushes from now on; an empty URL ends it. http:// is taken too: there is no TLS here."""
    url, secret = params.text("url").strip(), params.text("secret_token")
    if not url:
        return await delete_webhook(simulator, params)
    if not re.match(r"https?://[^/\s]+", url):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if len(secret) > 256:
        raise bad("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad("secret token contains unallowed characters")
    allowed = params.array("allowed_updates")
    if allowed is not None:
        simulator.delivery.allowed = allowed
    connections = min(max(params.whole("max_connections", 40), 1), 100)
    webhook = Webhook(simulator.delivery, url, secret, connections)
    await simulator.delivery.set_webhook(webhook, params.flag("drop_pending_updates"))
    return True


async def delete_webhook(simulator: "Simulator", params: Params) -> bool:
    """Back to getUpdates."""
    await simulator.delivery.delete_webhook(params.flag("drop_pending_updates"))
    return True


def get_webhook_info(simulator: "Simulator", params: Params) -> JSON:
    """How the pushing goes."""
    delivery = simulator.delivery
    delivery.expire()
    webhook = delivery.webhook
    info: JSON = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(delivery.pending),
    }
    if webhook:
        info |= {"max_connections": webhook.connections, "ip_address": "127.0.0.1"}
        if webhook.last_error:
            when, text = webhook.last_error
            info |= {"last_error_date": when, "last_error_message": text}
    if delivery.allowed:
        info["allowed_updates"] = delivery.allowed
    return info


METHODS = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
}
