"""Two asks in one question: which page is shown and which is offered beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from domain.ask import Decision, Finding
from knowledge.deciding import ANSWER
from knowledge.wording import read_table

# A shorter clause says too little to be sure of.
SHORTEST = 4
# Long stories are looked at from the end, where the asks are.
MOST = 6


@dataclass(frozen=True, slots=True)
class Part:
    """One clause that by itself surely is about an entry.

    `asks`: it has words of asking; `joined`: it adds to what was said before it.
    """

    entry_id: str
    asks: bool
    joined: bool


class TwoAsks:
    """Parts questions and pairs the parts. The words are in two_asks.toml."""

    def __init__(
        self,
        parted_by: Iterable[str],
        joined_by: Iterable[str],
        not_by: Iterable[str],
        asked_by: Iterable[str],
    ) -> None:
        self._cut = re.compile(f"(?={'|'.join(parted_by)})")
        self._joined = re.compile("|".join(joined_by))
        self._not = re.compile("|".join(not_by))
        self._asked = re.compile("|".join(asked_by))

    @classmethod
    def read(cls) -> TwoAsks:
        table = read_table("two_asks.toml")
        return cls(**{name: tuple(table[name]) for name in table})

    def parts(self, text: str) -> list[str]:
        """The clauses that may be asks, in order; none if there is only one."""
        clauses = [piece for clause in text.split(" ") for piece in self._cut.split(clause)]
        long = [clause for clause in clauses if len(clause) >= SHORTEST][-MOST:]
        return long if len(long) > 1 else []

    def part(self, clause: str, entry_id: str) -> Part:
        """The clause as a part that surely asks for the entry."""
        joined = bool(self._joined.search(self._not.sub("", clause)))
        return Part(entry_id, asks=bool(self._asked.search(clause)), joined=joined)

    def may_pair(self, finding: Finding, clauses: Sequence[str]) -> bool:
        """False if `paired` would change nothing, whatever the clauses are about."""
        parts = [self.part(clause, "") for clause in clauses]
        joined = any(part.joined for part in parts[1:])
        asks = sum(part.asks for part in parts)
        if finding.decision is Decision.ANSWER:
            return len(parts) > 1 and (joined or asks > 0)
        return _is_sure(finding) and len(parts) > 1 and (joined or asks > 1)

    def paired(self, finding: Finding, parts: Sequence[Part]) -> Finding:
        """The finding with its second entry, if the parts leave no doubt that there are two asks.

        Where the search wavered between just these two, the one that was asked first is answered.
        """
        offered = [candidate.entry_id for candidate in finding.candidates]
        met: dict[str, Part] = {}
        for part in parts:
            if part.entry_id in offered:
                met.setdefault(part.entry_id, part)
        if finding.decision is Decision.ANSWER:
            return _beside_answer(finding, list(met.values()))
        return _instead_of_choices(finding, list(met.values()))


def _beside_answer(finding: Finding, sure: Sequence[Part]) -> Finding:
    # The answer has a clause of its own, so the other clause cannot be just its circumstances.
    first = finding.candidates[0].entry_id
    others = [part for part in sure if part.entry_id != first]
    if len(sure) != 2 or len(others) != 1 or not (others[0].asks or sure[1].joined):
        return finding
    second = next(row for row in finding.candidates if row.entry_id == others[0].entry_id)
    return replace(finding, second=second)


def _instead_of_choices(finding: Finding, sure: Sequence[Part]) -> Finding:
    both = finding.candidates[:2]
    if len(sure) != 2 or {part.entry_id for part in sure} != {row.entry_id for row in both}:
        return finding
    is_pair = sure[1].joined or all(part.asks for part in sure)
    if not is_pair or not _is_sure(finding):
        return finding
    first, second = sorted(both, key=lambda row: row.entry_id != sure[0].entry_id)
    rest = finding.candidates[2:]
    return replace(
        finding, decision=Decision.ANSWER, candidates=(first, second, *rest), second=second
    )


def _is_sure(finding: Finding) -> bool:
    """True if the first two entries together are as likely as an answer has to be."""
    return sum(row.score for row in finding.candidates[:2]) >= ANSWER
