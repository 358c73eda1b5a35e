"""Certificates: what a member took part in, as a paper; whether a code on such a paper is ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from domain.certificates import (
    PURPOSE,
    QUIZ_PURPOSE,
    Certificate,
    Code,
    Line,
    Subject,
    event_code,
    quiz_code,
    read_code,
)
from domain.clock import BEIJING, Clock, beijing_date
from domain.events import Event
from domain.exports import mask_name
from domain.quiz_play import Standing, who_of
from domain.quiz_rounds import SHOWN, Round, RoundState
from domain.refusal import Refusal
from domain.seats import State
from domain.sign_ups import Seat
from domain.staff import Actor
from domain.union import Union
from storage.database import Database
from storage.work import Work


@dataclass(frozen=True, slots=True)
class Checked:
    """What stands in our own records for a code. `name` is masked, and empty if none is known."""

    line: Line
    name: str
    subject: Subject = Subject.EVENT


class CertificateService:
    """Nothing is kept of a certificate: its codes can be made again from the records."""

    def __init__(self, database: Database, clock: Clock, union: Union) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock
        self._union = union

    async def of_events(self, member_id: int) -> Certificate:
        """The events at which the member was checked in, the first first, with their hours.

        Refuses with `certificates.none` if there is no such event.
        """
        async with self._open_read() as work:
            claims = await work.seats.of_member(member_id)
            attended = [one for one in claims if one.state is State.ATTENDED]
            found = await work.events.find_all({one.event_id for one in attended})
            lines = [_line(work, found[one.event_id], one) for one in attended]
            name = await _name_of(work, member_id, attended, found)
        if not lines:
            raise Refusal("certificates.none")
        hours = sum((found[one.event_id].hours for one in attended), Decimal(0))
        return Certificate(
            Subject.EVENT,
            self._union.name,
            name,
            tuple(sorted(lines, key=lambda line: line.day)),
            beijing_date(self._clock.now()),
            f"{hours:f}" if hours else "",
            is_demo=self._union.is_demo,
        )

    async def of_quiz(self, member_id: int, round_id: str) -> Certificate:
        """A round of the quiz that the member passed on at least one day.

        Without a name the one of the board stands on it. Refuses with `quiz.not_found`,
        `certificates.quiz_not_over` or `certificates.quiz_not_passed`.
        """
        async with self._open_read() as work:
            one = await work.quiz_rounds.find(round_id)
            if one is None or one.state not in SHOWN:
                raise Refusal("quiz.not_found")
            if one.state is not RoundState.CLOSED:
                raise Refusal("certificates.quiz_not_over")
            person = await work.people.find_of_member(member_id)
            known = None if person is None else person.id
            mine = {who_of(member_id, known), who_of(member_id, None)}
            lines = await work.quiz_standings.standings(one.id)
            standing = next((line for line in lines if line.who in mine), None)
            if standing is None or not standing.passed_days:
                raise Refusal("certificates.quiz_not_passed")
            nickname, _ = await work.quiz_attempts.player(member_id)
            line = _quiz_line(work, one, standing)
        name = (person.name if person is not None else None) or nickname or ""
        return Certificate(
            Subject.QUIZ,
            self._union.name,
            name,
            (line,),
            beijing_date(self._clock.now()),
            is_demo=self._union.is_demo or one.is_demo,
        )

    async def check(self, actor: Actor, text: str) -> Checked | None:
        """What we know of a code that somebody typed; None if it is not ours. It is noted.

        Refuses with `certificates.code_garbled` what cannot be a code.
        """
        code = read_code(text)
        if code is None:
            raise Refusal("certificates.code_garbled")
        async with self._open_work() as work:
            of = _event_of if code.subject is Subject.EVENT else _quiz_of
            found = await of(work, code)
            await work.audit.add(
                self._clock.now(),
                actor.staff_id,
                "certificate.checked",
                str(code),
                {"is_ours": found is not None},
            )
            await work.commit()
        return found


async def _quiz_of(work: Work, code: Code) -> Checked | None:
    """The line behind a code, among those of the rounds that were over on its day."""
    for one in await work.quiz_rounds.list_in(RoundState.CLOSED):
        if one.closed_at is None or beijing_date(one.closed_at) != code.day:
            continue
        for standing in await work.quiz_standings.standings(one.id):
            line = _quiz_line(work, one, standing)
            if line.code == str(code) and standing.passed_days:
                name = ""
                if standing.member_id is not None:
                    person = await work.people.find_of_member(standing.member_id)
                    name = mask_name((person.name if person is not None else None) or "")
                return Checked(line, name, Subject.QUIZ)
    return None


async def _event_of(work: Work, code: Code) -> Checked | None:
    """The claim behind a code, among those of the events of its day."""
    begins = datetime.combine(code.day, time(), BEIJING)
    for event in await work.events.list_on(begins, begins + timedelta(days=1)):
        for seat in await work.seats.in_states(event.id, [State.ATTENDED]):
            line = _line(work, event, seat)
            if line.code == str(code):
                name = ""
                if seat.member_id is not None:
                    name = await _name_of(work, seat.member_id, [seat], {event.id: event})
                return Checked(line, mask_name(name))
    return None


async def _name_of(
    work: Work, member_id: int, claims: Sequence[Seat], events: Mapping[str, Event]
) -> str:
    """What the member told of themselves, or else for the newest of the events; "" for neither."""
    person = await work.people.find_of_member(member_id)
    if person is not None and person.name:
        return person.name
    answers = await work.seats.answers([one.id for one in claims])
    told = (
        answers.get(one.id, {}).get(question.key, "")
        for one in claims
        for question in events[one.event_id].questions
        if question.profile == "name"
    )
    return next(filter(None, told), "")


def _line(work: Work, event: Event, seat: Seat) -> Line:
    day = beijing_date(event.starts(seat.session))
    code = event_code(day, work.vault.fingerprint(PURPOSE, seat.id))
    figure = f"{event.hours:f}" if event.hours else ""
    return Line(event.title, day, figure, str(code))


def _quiz_line(work: Work, one: Round, standing: Standing) -> Line:
    assert one.closed_at is not None
    day = beijing_date(one.closed_at)
    mark = work.vault.fingerprint(QUIZ_PURPOSE, f"{one.id}:{standing.code}")
    figure = f"{standing.right}/{standing.total}"
    return Line(one.title, day, figure, str(quiz_code(day, mark)))
