"""Why storage may be unable to serve."""

from __future__ import annotations


class StorageUnavailable(Exception):  # noqa: N818 - named for the state that callers react to
    """The database is locked, full, gone or refusing; nothing was changed; try again later."""


class NewerSchema(Exception):  # noqa: N818 - as above
    """The database was migrated by a newer program than this one."""


class AlreadyRunning(Exception):  # noqa: N818 - as above
    """Another process holds the same SQLite data."""
