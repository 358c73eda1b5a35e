"""The log: one masked pipeline for us and for the libraries."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from bot.logs import mask
from tests.logbook import recording

TOKEN = "7000000009:abcdefghijklmnopqrstuvwxyz-0123456789"
SECRETS = {
    "token": TOKEN,
    "url": f"https://api.telegram.org/bot{TOKEN}/getMe",
    "identity": "11010519491231002X",
    "card": "6222021234567890128",
    "phone": "13812345678",
    "spaced": "+86 138 1234 5678",
}
TRACES = (TOKEN, "abcdefghijklm", "19491231", "62220212", "13812345678", "138 1234 5678")


@pytest.mark.parametrize("form", ["json", "console"])
def test_neither_token_nor_numbers_reach_the_log(form: str) -> None:
    with recording(form=form) as written:
        log = structlog.get_logger("bot.test")
        log.info("event", **SECRETS)
        log.warning("nested", deep={"list": [SECRETS], "pair": tuple(SECRETS.values())})
        log.info(f"in the event itself {SECRETS['url']}")
        logging.getLogger("some.library").error("GET %s by %s", SECRETS["url"], SECRETS["phone"])
        try:
            raise ValueError(f"{TOKEN} {SECRETS['identity']}")
        except ValueError:
            log.exception("failed")
        log.error("kept for later", exc_info=RuntimeError(SECRETS["card"]))
    text = written.getvalue()
    assert "failed" in text
    assert [trace for trace in TRACES if trace in text] == []


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_trace_does_not_show_the_values_of_variables(form: str) -> None:
    def handle(typed: str) -> None:
        raise RuntimeError(len(typed))

    with recording(form=form) as written:
        try:
            handle("".join(["老板", "三个月"]))
        except RuntimeError:
            structlog.get_logger("bot.test").exception("failed")
    assert "RuntimeError" in written.getvalue()
    assert "老板三个月" not in written.getvalue()


def test_a_line_is_one_json_object_with_level_time_and_name() -> None:
    with recording() as written:
        structlog.get_logger("bot.test").info("ready", url="http://127.0.0.1:1")
    line = json.loads(written.getvalue())
    assert (line["event"], line["level"], line["logger"]) == ("ready", "info", "bot.test")
    assert line["timestamp"].endswith("Z")
    assert line["url"] == "http://127.0.0.1:1"


@pytest.mark.parametrize("name", ["aiosqlite", "sqlalchemy.engine", "psycopg", "telegram.Bot"])
def test_libraries_that_would_print_values_are_quiet_even_at_debug(name: str) -> None:
    with recording("debug") as written:
        logging.getLogger(name).debug("executing INSERT %s", "老板三个月没发工资了")
        logging.getLogger(name).info("parameters %s", "老板三个月没发工资了")
    assert written.getvalue() == ""


def test_the_level_is_respected() -> None:
    with recording("warning") as written:
        structlog.get_logger("bot.test").info("quiet")
        structlog.get_logger("bot.test").warning("loud")
    assert "quiet" not in written.getvalue()
    assert "loud" in written.getvalue()


def test_everyday_numbers_stay_readable() -> None:
    text = "update 1293642785 took 12 ms, 2026-11-25T06:00:00Z, schema 0001"
    assert mask(text) == text
