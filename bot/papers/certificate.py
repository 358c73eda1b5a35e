"""Certificates as PDF: what somebody took part in, with a code for each line."""

from __future__ import annotations

from datetime import date

from domain.certificates import Certificate
from domain.documents import Block, Rows, Sheet, Text, Title
from locales import Texts, plain

# Of the width: the day, what it was, the figure, the code.
_SHARES = (0.21, 0.35, 0.17, 0.27)


class CertificateWriter:
    """Writes certificates of events and quizzes. Their sentences are `certificates.*_<subject>`
    in locales/zh-CN/certificates.toml."""

    def __init__(self, texts: Texts) -> None:
        self._t = texts

    def name(self, certificate: Certificate) -> str:
        """What the paper is called."""
        return self._said(f"title_{certificate.subject}")

    def write(self, certificate: Certificate) -> bytes:
        """The certificate as PDF. Takes processor time: call it in a thread."""
        # Loaded with the first paper: see bot/papers/__init__.py.
        from bot.papers.pdf import pdf_of  # noqa: PLC0415

        return pdf_of(self.sheet(certificate))

    def sheet(self, certificate: Certificate) -> Sheet:
        """The certificate as blocks."""
        said, kind, made_on = self._said, certificate.subject, self._day(certificate.made_on)
        name = certificate.name or said("name_line")
        blocks: list[Block] = [
            Title(self.name(certificate)),
            Text(said(f"body_{kind}", name=name)),
            Rows(
                (said("day"), said(f"what_{kind}"), said(f"figure_{kind}"), said("code")),
                tuple(
                    (
                        self._day(line.day),
                        line.what,
                        line.figure or said("no_figure"),
                        line.code,
                    )
                    for line in certificate.lines
                ),
                _SHARES,
            ),
        ]
        if certificate.total:
            count = len(certificate.lines)
            blocks.append(Text(said(f"total_{kind}", count=count, total=certificate.total)))
        if certificate.is_demo:
            blocks.append(Text(said("demo")))
        blocks += [
            Text(certificate.issuer or said("issuer_line"), is_right=True),
            Text(said("stamp"), is_right=True),
            Text(made_on, is_right=True),
            Text(said("how_to_check"), is_small=True),
        ]
        return Sheet(self.name(certificate), tuple(blocks), said("foot", day=made_on))

    def _day(self, day: date) -> str:
        return self._said("on", year=day.year, month=day.month, day=day.day)

    def _said(self, key: str, **values: object) -> str:
        return plain(self._t(f"certificates.{key}", **values))
