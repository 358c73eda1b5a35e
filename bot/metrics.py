"""Counters for operators; no label ever names a person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """The process's counters, in a registry of their own so that tests can have many."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.updates = Counter(
            "nuanxin_updates",
            "Updates by kind and fate",
            ["kind", "fate"],
            registry=self.registry,
        )
        self.update_seconds = Histogram(
            "nuanxin_update_seconds",
            "From receiving an update to having handled it",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.calls = Counter(
            "nuanxin_bot_api_calls",
            "Bot API calls by method and outcome",
            ["method", "outcome"],
            registry=self.registry,
        )
        self.web_refusals = Counter(
            "nuanxin_web_refusals",
            "Requests to the webhook that were refused, by reason",
            ["reason"],
            registry=self.registry,
        )
        self.entries = Gauge(
            "nuanxin_knowledge_entries", "Entries being served", registry=self.registry
        )
        self.content_faults = Gauge(
            "nuanxin_knowledge_faults",
            "Faults in the content files; the last good version is served meanwhile",
            registry=self.registry,
        )
        self.sends = Counter(
            "nuanxin_sends",
            "Tries to send what the outbox holds, by outcome",
            ["outcome"],
            registry=self.registry,
        )
        self.outbox_due = Gauge(
            "nuanxin_outbox_due",
            "Single messages that are due and wait, counted up to 10,000",
            registry=self.registry,
        )
