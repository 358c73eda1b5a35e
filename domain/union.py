"""Who the local union is and how it is reached: particulars that settings provide."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Union:
    """The union's card. Empty texts are not shown; `is_demo` marks invented demo particulars."""

    name: str
    phone: str = ""
    address: str = ""
    hours: str = ""
    note: str = ""
    is_demo: bool = False
