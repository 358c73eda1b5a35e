"""`python -m bot`."""

import os

from bot.cli import app


def main() -> None:
    """The entry of the console script."""
    # What we write is members' data: nobody else on the machine reads it.
    os.umask(0o077)
    app()


if __name__ == "__main__":
    main()
