"""From a record to a paper: the sentences, with every fact that is missing marked as missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from domain.cases.capitals import Capitals
from domain.cases.settlement import Agreement, yuan
from domain.clock import BEIJING
from domain.documents import (
    Block,
    Format,
    Heading,
    Letter,
    Paper,
    Record,
    Rows,
    Sheet,
    Text,
    Title,
)
from domain.evidence import Evidence
from locales import Texts, plain


class Writer:
    """Writes papers of cases, and letters to employers, as files."""

    def __init__(self, texts: Texts) -> None:
        self._t = texts
        self._capitals = Capitals(texts("documents.capitals"))
        self._papers: Mapping[Paper, Callable[[Record], list[Block]]] = {
            Paper.REQUEST: self._request,
            Paper.AGREEMENT: self._agreement,
            Paper.ARBITRATION: self._arbitration,
            Paper.CONSULTATION: self._consultation,
            Paper.EVIDENCE: self._evidence,
        }

    def write(self, paper: Paper, record: Record, form: Format) -> bytes:
        """The paper as a file. Takes processor time: call it in a thread."""
        return _file(self.sheet(paper, record), form)

    def write_letter(self, letter: Letter, form: Format) -> bytes:
        """The letter as a file, as a draft."""
        return _file(self.letter(letter), form)

    def name(self, paper: Paper) -> str:
        """What the paper is called."""
        return self._said(f"name_{paper}")

    def sheet(self, paper: Paper, record: Record) -> Sheet:
        """The paper as blocks."""
        foot = self._said("foot", number=record.number, day=self._day(record.made_on))
        title = Title(self.name(paper))
        return Sheet(title.text, (title, *self._papers[paper](record)), foot)

    def letter(self, letter: Letter) -> Sheet:
        """A reminder to an employer as blocks: counts, never who."""
        said, missing = self._said, self._missing
        days = (letter.made_on - letter.since).days
        theme = said(f"theme_{letter.theme}")
        title = Title(said("name_letter"))
        blocks: list[Block] = [
            title,
            Text(said("letter_to", employer=letter.employer), is_flush=True),
            Text(said("letter_body", days=days, members=letter.members, theme=theme)),
            Text(said("letter_check")),
            Text(said("letter_answer", missing=missing)),
            Text(said("letter_basis")),
            Text(said("letter_names")),
            Text(said("letter_help", missing=missing)),
            Text(said("letter_unit", unit=letter.unit_name or missing), is_right=True),
            Text(self._day(letter.made_on), is_right=True),
            Text(said("draft"), is_small=True),
        ]
        foot = said("foot_letter", day=self._day(letter.made_on))
        return Sheet(title.text, tuple(blocks), foot)

    def _request(self, record: Record) -> list[Block]:
        said = self._said
        return [
            Heading(said("applicant")),
            Text(
                said(
                    "applicant_lines",
                    name=self._or(record.name),
                    phone=self._or(record.phone),
                    missing=self._missing,
                )
            ),
            *self._respondent(record),
            Heading(said("matter")),
            Text(said(f"kind_{record.kind}")),
            *self._wanted_and_facts(record),
            *self._files(record),
            *self._to(self._or(record.unit_name)),
            *self._signed("sign_applicant"),
        ]

    def _arbitration(self, record: Record) -> list[Block]:
        """What article 28 of the arbitration law asks for."""
        said = self._said
        return [
            Text(said("draft"), is_small=True),
            Heading(said("applicant")),
            Text(
                said(
                    "applicant_full",
                    name=self._or(record.name),
                    phone=self._or(record.phone),
                    employer=self._or(record.employer),
                    missing=self._missing,
                )
            ),
            *self._respondent(record),
            *self._wanted_and_facts(record),
            *self._files(record),
            Text(said("witness", missing=self._missing)),
            *self._to(said("to_arbitration", missing=self._missing)),
            *self._signed("sign_applicant"),
            Text(said("copies"), is_small=True),
        ]

    def _agreement(self, record: Record) -> list[Block]:
        said, agreement = self._said, record.agreement
        assert agreement is not None
        employer, missing = self._or(record.employer), self._missing
        name, phone = self._or(record.name), self._or(record.phone)
        blocks: list[Block] = [
            Heading(said("parties")),
            Text(said("party_worker", name=name, phone=phone)),
            Text(said("party_employer", employer=employer, missing=missing)),
            Text(
                said(
                    "agreed_intro",
                    kind=said(f"kind_{record.kind}"),
                    unit=self._or(record.unit_name),
                    day=self._day(agreement.agreed_on),
                )
            ),
        ]
        blocks += self._clauses(record, agreement)
        blocks += [Text(said("agreed_force")), Text(said("agreed_copies"))]
        lines = ["sign_worker", "sign_employer", "sign_seal"]
        blocks += [Text(said(line), is_right=True) for line in lines]
        blocks.append(Text(said("sign_mediator", mediator=record.mediator), is_right=True))
        return [*blocks, Text(said("sign_day"), is_right=True)]

    def _consultation(self, record: Record) -> list[Block]:
        said, missing = self._said, self._missing
        name, day = self._or(record.name), self._day(record.opened_on)
        return [
            Text(said("asked_by", name=name, day=day)),
            Text(said("asked_kind", kind=said(f"kind_{record.kind}"))),
            Heading(said("asked")),
            Text(self._or(record.question)),
            Heading(said("told_facts")),
            Text(self._or(record.story)),
            *self._sheet(record),
            Heading(said("opinion")),
            Text(said("opinion_open", missing=missing)),
            Text(said("opinion_note"), is_small=True),
            Text(said("sign_adviser", mediator=record.mediator), is_right=True),
            Text(self._day(record.made_on), is_right=True),
        ]

    def _evidence(self, record: Record) -> list[Block]:
        said, count = self._said, len(record.evidence)
        name = self._or(record.name)
        blocks: list[Block] = [
            Text(said("list_intro", number=record.number, name=name, count=count), is_small=True)
        ]
        if record.evidence:
            head = tuple(
                said(f"column_{column}")
                for column in ("number", "what", "shows", "received", "print")
            )
            rows = tuple(self._row(one) for one in record.evidence)
            blocks.append(Rows(head, rows, (0.09, 0.22, 0.21, 0.18, 0.3)))
        else:
            blocks.append(Text(said("files_none", missing=self._missing)))
        blocks.append(Text(said("list_note"), is_small=True))
        blocks += [Text(said(line), is_right=True) for line in ("sign_giver", "sign_taker")]
        return [*blocks, Text(said("sign_day"), is_right=True)]

    def _row(self, one: Evidence) -> tuple[str, ...]:
        at = one.received_at.astimezone(BEIJING)
        return (
            one.label,
            one.name or self._said("photo"),
            plain(self._t(f"evidence.item_{one.item}")),
            f"{at:%Y-%m-%d %H:%M:%S}",
            one.sha256,
        )

    def _respondent(self, record: Record) -> list[Block]:
        employer = self._or(record.employer)
        text = self._said("respondent_lines", employer=employer, missing=self._missing)
        return [Heading(self._said("respondent")), Text(text)]

    def _wanted_and_facts(self, record: Record) -> list[Block]:
        said, kind = self._said, self._said(f"kind_{record.kind}")
        if record.claimed:
            employer, amount = self._or(record.employer), self._yuan(record.claimed)
            wanted = said(
                "wanted_pay",
                employer=employer,
                amount=amount,
                capitals=self._capitals.write(record.claimed),
                kind=kind,
            )
        else:
            wanted = said("wanted_open", kind=kind, missing=self._missing)
        return [
            Heading(said("wanted")),
            Text(wanted),
            Heading(said("facts")),
            Text(self._or(record.story)),
            *self._sheet(record),
        ]

    def _sheet(self, record: Record) -> list[Block]:
        if not record.sheet:
            return []
        return [Heading(self._said("sheet")), Text("\n".join(record.sheet.values()))]

    def _files(self, record: Record) -> list[Block]:
        said = self._said
        if not record.evidence:
            return [Heading(said("files")), Text(said("files_none", missing=self._missing))]
        head = tuple(said(f"column_{column}") for column in ("number", "what", "shows"))
        rows = tuple(self._row(one)[:3] for one in record.evidence)
        return [Heading(said("files")), Rows(head, rows, (0.15, 0.45, 0.4))]

    def _clauses(self, record: Record, agreement: Agreement) -> list[Block]:
        """What was agreed, numbered as far as there is something."""
        said, blocks = self._said, list[Block]()
        numbers = iter([said(f"clause_{number}") for number in (1, 2, 3)])
        if agreement.settled:
            amount, capitals = (
                self._yuan(agreement.settled),
                self._capitals.write(agreement.settled),
            )
            told = said("agreed_pay", number=next(numbers), amount=amount, capitals=capitals)
            blocks.append(Text(told))
        if agreement.instalments:
            blocks.append(Text(said("agreed_rows", number=next(numbers))))
            blocks.append(self._instalments(record))
        if agreement.other:
            told = said("agreed_other", number=next(numbers), other=agreement.other)
            blocks.append(Text(told))
        return blocks

    def _instalments(self, record: Record) -> Rows:
        assert record.agreement is not None
        said = self._said
        rows = tuple(
            (said("part", number=one.number), self._yuan(one.amount), self._day(one.due_on))
            for one in record.agreement.instalments
        )
        head = tuple(said(f"column_{column}") for column in ("part", "amount", "due"))
        return Rows(head, rows, (0.25, 0.35, 0.4))

    def _to(self, receiver: str) -> list[Block]:
        """Whom the paper is for: the name at the margin, as letters have it."""
        return [Text(self._said("to")), Text(receiver, is_flush=True)]

    def _signed(self, line: str) -> list[Block]:
        return [
            Text(self._said(line), is_right=True),
            Text(self._said("sign_day"), is_right=True),
        ]

    @property
    def _missing(self) -> str:
        return self._said("missing")

    def _or(self, value: str) -> str:
        return value.strip() or self._missing

    def _day(self, day: date) -> str:
        return self._said("day", year=day.year, month=day.month, day=day.day)

    def _yuan(self, fen: int) -> str:
        return self._said("yuan", amount=yuan(fen))

    def _said(self, key: str, **values: object) -> str:
        return plain(self._t(f"documents.{key}", **values))


def _file(sheet: Sheet, form: Format) -> bytes:
    if form is Format.PDF:
        from bot.papers.pdf import pdf_of  # noqa: PLC0415 - see bot/papers/__init__.py

        return pdf_of(sheet)
    from bot.papers.docx import docx_of  # noqa: PLC0415

    return docx_of(sheet)
