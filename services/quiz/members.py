"""The quiz around the playing: what is on, the board, names, prizes, invitations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.clock import Clock, beijing_date
from domain.consents import Consents, Purpose
from domain.exports import mask_name
from domain.forms import LIFETIME, Draft, Form
from domain.quiz_bank import Topic
from domain.quiz_play import (
    BOARD_PLACES,
    Attempt,
    Standing,
    check_nickname,
    passes,
    who_of,
)
from domain.quiz_prizes import PrizeState, Winner, must_move_prize
from domain.quiz_rounds import SHOWN, Round, RoundState, Sitting
from domain.refusal import Refusal
from domain.units import name_key
from services.quiz.common import entry_code, standings_of
from storage.database import Database
from storage.quiz_rounds import is_for
from storage.work import Work

# Standings of a round that is on are reckoned at most so often: all look at once.
FRESH = timedelta(seconds=30)
# Results stay on the front page for so long.
RECENT = timedelta(days=30)
_TAIL = 4


@dataclass(frozen=True, slots=True)
class Today:
    """A day that is on, as one member sees it."""

    round: Round
    sitting: Sitting
    used: int
    best: Attempt | None
    running: Attempt | None

    @property
    def left(self) -> int:
        return max(self.round.attempts - self.used, 0)

    @property
    def has_passed(self) -> bool:
        best = self.best
        return best is not None and passes(best.right, best.total, self.round.pass_mark)


@dataclass(frozen=True, slots=True)
class Home:
    """The front page of the quiz."""

    days: Sequence[Today]
    topics: Sequence[Topic]
    due: int
    noted: int
    nickname: str | None
    is_muted: bool
    prizes: Sequence[tuple[Round, Winner]]
    recent: Sequence[Round]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the board."""

    place: int
    name: str
    right: int
    took: timedelta
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Board:
    """The best of those who want to be seen, and the member's own line if it is further down."""

    round: Round
    lines: Sequence[Line]
    mine: Line | None
    people: int


@dataclass(frozen=True, slots=True)
class Won:
    """A line of the public list of winners: the entry and, if they are known, a name, whole or
    its beginning, and the last digits of a phone."""

    entry: str
    name: str
    tail: str


@dataclass(frozen=True, slots=True)
class Page:
    """A round with its rules, the member's own entry and standing, and what was drawn."""

    round: Round
    sittings: Sequence[Sitting]
    entry: str
    mine: Standing | None
    winners: Sequence[Won]


class QuizService:
    """What members see and say around the quiz. `reserved` words may not be in a name."""

    def __init__(self, database: Database, clock: Clock, reserved: Collection[str]) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock
        self._reserved = tuple(reserved)
        self._standings: dict[str, tuple[datetime, Sequence[Standing]]] = {}

    async def home(self, member_id: int) -> Home:
        """What is on, what can be practised, what the notebook has due."""
        now = self._clock.now()
        async with self._open_read() as work:
            person, path = await work.quiz_rounds.unit_of(member_id)
            shelf = await work.quiz_bank.shelf(beijing_date(now))
            topics = [
                topic
                for topic in await work.quiz_bank.topics()
                if shelf.count(topic.key, None) > 0
            ]
            lessons = await work.quiz_attempts.lessons_of(member_id)
            nickname, is_muted = await work.quiz_attempts.player(member_id)
            return Home(
                await _today(work, member_id, person, path, now),
                topics,
                sum(lesson.due_at <= now for lesson in lessons),
                len(lessons),
                nickname,
                is_muted,
                await _prizes(work, member_id, now),
                await _recent(work, path, now),
            )

    async def page(self, round_id: str, member_id: int) -> Page:
        """One round. Refuses with `quiz.not_found`."""
        async with self._open_read() as work:
            one, person = await _shown(work, round_id, member_id)
            sittings = await work.quiz_rounds.sittings_of([round_id])
            standings = await self._ranked(work, one)
            who = who_of(member_id, person)
            mine = next((line for line in standings if line.who == who), None)
            winners = await work.quiz_standings.winners(round_id)
            # A line that was drawn from keeps its number when its owner's record changes.
            code = mine.code if mine else entry_code(one, who)
            return Page(one, sittings, code, mine, await _announced(work, winners))

    async def board(self, round_id: str, member_id: int) -> Board:
        """Who stands where, of those who want to be seen. Refuses with `quiz.no_board`."""
        async with self._open_read() as work:
            one, person = await _shown(work, round_id, member_id)
            if not one.has_board:
                raise Refusal("quiz.no_board")
            standings = await self._ranked(work, one)
            names = await work.quiz_attempts.nicknames()
            who = who_of(member_id, person)
        lines = _lines(standings, names, who)
        mine = next((line for line in lines if line.is_mine), None)
        top = lines[:BOARD_PLACES]
        return Board(one, top, None if mine in top else mine, len(standings))

    async def begin_nickname(self, member_id: int) -> None:
        """Open the form for a name on the board."""
        draft = Draft(member_id, Form.QUIZ_NICKNAME, "", {}, self._clock.now() + LIFETIME)
        async with self._open_work() as work:
            await work.drafts.save(draft)
            await work.commit()

    async def take_nickname(self, member_id: int, text: str) -> str:
        """Keep the name that was typed. Refuses with `quiz.nickname_...`."""
        name = check_nickname(text, self._reserved)
        key = name_key(name)
        async with self._open_work() as work:
            if await work.quiz_attempts.name_is_taken(key, member_id):
                raise Refusal("quiz.nickname_taken")
            await work.quiz_attempts.put_player(
                member_id, self._clock.now(), nickname=name, nickname_key=key
            )
            await work.drafts.remove(member_id)
            await work.commit()
        return name

    async def leave_board(self, member_id: int) -> None:
        """Take the name off every board."""
        async with self._open_work() as work:
            await work.quiz_attempts.put_player(
                member_id, self._clock.now(), nickname=None, nickname_key=None
            )
            await work.commit()

    async def mute(self, member_id: int, *, is_muted: bool) -> None:
        """Whether invitations come. Playing never depends on it."""
        async with self._open_work() as work:
            await work.quiz_attempts.put_player(member_id, self._clock.now(), is_muted=is_muted)
            await work.commit()

    async def claim(self, winner_id: str, member_id: int) -> tuple[Round, Winner]:
        """Say that the prize is wanted; the code to show at the counter. Twice is once.

        Refuses with `quiz.prize_late` after the deadline.
        """
        now = self._clock.now()
        async with self._open_work() as work:
            one, winner = await _own_prize(work, winner_id, member_id, for_update=True)
            if winner.state is PrizeState.WON:
                if now >= winner.claim_until:
                    raise Refusal("quiz.prize_late")
                must_move_prize(winner.state, PrizeState.CLAIMED)
                winner = replace(winner, state=PrizeState.CLAIMED, claimed_at=now)
                await work.quiz_standings.save_winner(winner)
                await work.commit()
        return one, winner

    async def _ranked(self, work: Work, one: Round) -> Sequence[Standing]:
        if one.state is RoundState.CLOSED:
            return await work.quiz_standings.standings(one.id)
        now = self._clock.now()
        known = self._standings.get(one.id)
        if known is None or not timedelta() <= now - known[0] < FRESH:
            known = self._standings[one.id] = (now, await standings_of(work, one))
        return known[1]


async def _today(
    work: Work, member_id: int, person: str | None, path: str | None, now: datetime
) -> Sequence[Today]:
    open_ = [
        (one, sitting)
        for one, sitting in await work.quiz_rounds.open_for(path)
        if sitting.closes_at > now
    ]
    keys = {who_of(member_id, person), who_of(member_id, None)}
    attempts = await work.quiz_attempts.of_days([sitting.id for _, sitting in open_], keys)
    found = []
    for one, sitting in open_:
        mine = [attempt for attempt in attempts if attempt.sitting_id == sitting.id]
        over = [attempt for attempt in mine if not attempt.is_running]
        best = max(over, key=lambda attempt: (attempt.right, -attempt.took), default=None)
        running = next((attempt for attempt in mine if attempt.is_running), None)
        found.append(Today(one, sitting, len(mine), best, running))
    return found


async def _prizes(work: Work, member_id: int, now: datetime) -> Sequence[tuple[Round, Winner]]:
    """What was won and is not fetched yet, or lately."""
    won = [
        winner
        for winner in await work.quiz_standings.won_by(member_id)
        if winner.claim_until > now - RECENT
    ]
    rounds = await work.quiz_rounds.find_all([winner.round_id for winner in won])
    return [(rounds[winner.round_id], winner) for winner in won]


async def _recent(work: Work, path: str | None, now: datetime) -> Sequence[Round]:
    closed = await work.quiz_rounds.list_in(RoundState.CLOSED)
    return [
        one
        for one in closed
        if one.closed_at is not None
        and one.closed_at > now - RECENT
        and is_for(one.unit_path, path)
    ]


async def _shown(work: Work, round_id: str, member_id: int) -> tuple[Round, str | None]:
    one = await work.quiz_rounds.find(round_id)
    person, path = await work.quiz_rounds.unit_of(member_id)
    if one is None or one.state not in SHOWN or not is_for(one.unit_path, path):
        raise Refusal("quiz.not_found")
    return one, person


async def _own_prize(
    work: Work, winner_id: str, member_id: int, *, for_update: bool = False
) -> tuple[Round, Winner]:
    winner = await work.quiz_standings.winner(winner_id, for_update=for_update)
    if winner is None:
        raise Refusal("common.button_gone")
    person, _ = await work.quiz_rounds.unit_of(member_id)
    is_person = person is not None and winner.person_id == person
    if winner.member_id != member_id and not is_person:
        raise Refusal("common.button_gone")
    one = await work.quiz_rounds.find(winner.round_id)
    assert one is not None
    return one, winner


async def _announced(work: Work, winners: Sequence[Winner]) -> Sequence[Won]:
    """Whole names of those who agreed to it; of the others the first character and the last
    digits of the phone."""
    people = await work.people.find_all(
        winner.person_id for winner in winners if winner.person_id is not None
    )
    members = [winner.member_id for winner in winners if winner.member_id is not None]
    given = await work.consents.of_all(members)
    found = []
    for winner in winners:
        person = people.get(winner.person_id or "")
        consents = given.get(winner.member_id, Consents()) if winner.member_id else Consents()
        name, phone = (person.name or "", person.phone or "") if person else ("", "")
        if consents.holds(Purpose.QUIZ_PUBLICITY):
            found.append(Won(winner.entry, name, ""))
        else:
            found.append(Won(winner.entry, mask_name(name), phone[-_TAIL:]))
    return found


def _lines(standings: Sequence[Standing], names: Mapping[int, str], who: str) -> Sequence[Line]:
    found: list[Line] = []
    shown = [line for line in standings if line.member_id in names]
    for number, line in enumerate(shown, 1):
        before = shown[number - 2] if number > 1 else None
        is_tied = before is not None and before.place == line.place
        assert line.member_id is not None
        found.append(
            Line(
                found[-1].place if is_tied else number,
                names[line.member_id],
                line.right,
                timedelta(milliseconds=line.took),
                line.who == who,
            )
        )
    return found
