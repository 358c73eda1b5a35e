"""The process: settings, assembly, intake, delivery, schedule, and the command line."""

import os
import sys

# structlog and httpx load rich when they find it, and typer brings it along: 5 MB and 75 modules
# that a service has no use for. Whoever has loaded it before keeps it.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]

# PTB otherwise warns whenever Telegram asks us to slow down; it reads this at each call.
os.environ.setdefault("PTB_TIMEDELTA", "true")
