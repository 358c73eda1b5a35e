"""How a command ends: expected failures with a sentence and an exit code, never with a trace."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from telegram.error import InvalidToken, TelegramError

from bot import asking, backup, logs
from bot.keys import KeysFault
from bot.lock import BadPlace
from bot.settings import ConfigFaults
from domain.refusal import Refusal
from knowledge import ContentError
from storage.erasure_file import ErasureFileFault
from storage.errors import AlreadyRunning, NewerSchema, StorageUnavailable

# Exit codes, the same for every command: 2 bad input, 3 data in use, 4 something is unreachable.
BAD_INPUT, IN_USE, UNREACHABLE = 2, 3, 4


@contextmanager
def told() -> Iterator[None]:
    """Tell an expected failure on standard error and end with its exit code."""
    try:
        yield
    except ConfigFaults as faults:
        fail(BAD_INPUT, *faults.faults)
    except ContentError as content:
        fail(BAD_INPUT, *(str(fault) for fault in content.faults))
    except (
        backup.BackupFailed,
        asking.BadBatch,
        BadPlace,
        KeysFault,
        ErasureFileFault,
    ) as failure:
        fail(BAD_INPUT, str(failure))
    except NewerSchema as newer:
        fail(BAD_INPUT, f"the database is of schema {newer}, newer than this program")
    except Refusal as refusal:
        fail(BAD_INPUT, refusal.code)
    except AlreadyRunning as other:
        fail(IN_USE, f"the data is in use: {other}")
    except InvalidToken:
        fail(UNREACHABLE, "Telegram refuses the token: make a new one with @BotFather")
    except TelegramError as error:
        fail(UNREACHABLE, f"Telegram cannot be reached: {logs.mask(str(error))}")
    except StorageUnavailable as error:
        fail(UNREACHABLE, f"the database cannot be used: {error.__cause__ or error}")


def fail(code: int, *lines: str) -> NoReturn:
    """Print the lines on standard error and end."""
    for line in lines:
        print(line, file=sys.stderr)
    raise typer.Exit(code)
