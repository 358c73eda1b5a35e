"""`python -m bot`."""

import gc
import os

# Imports make hundreds of thousands of objects that stay: looking through them again and again
# would take a fifth of the time to the first answer.
gc.disable()

from bot.cli import app  # noqa: E402

gc.freeze()
gc.enable()


def main() -> None:
    """The entry of the console script."""
    # What we write is members' data: nobody else on the machine reads it.
    os.umask(0o077)
    app()


if __name__ == "__main__":
    main()
