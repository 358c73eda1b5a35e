"""`python -m bot`."""

from bot.cli import app


def main() -> None:
    """The entry of the console script."""
    app()


if __name__ == "__main__":
    main()
