"""What the fault tests share: fresh databases on demand, with the same key in each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog

from tests import databases

Fresh = Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(
    request: pytest.FixtureRequest, blank: Path, tmp_path: Path, postgres_template: str | None
) -> Iterator[Fresh]:
    """Makes as many migrated, empty databases as a test wants; each test runs on both kinds."""
    if request.param == "postgresql" and postgres_template is None:
        pytest.skip("no PostgreSQL on 127.0.0.1:5432")
    with ExitStack() as stack:

        def make() -> str:
            if request.param == "sqlite":
                return stack.enter_context(databases.sqlite(blank, tmp_path))
            return stack.enter_context(databases.postgres(postgres_template))

        yield make


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Printing a fault with all its frames takes longer than having it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()
