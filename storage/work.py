"""The unit of work: one transaction, with the tables grouped by noun."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.agreements import Agreements
from storage.ask import Notes, Questions
from storage.audiences import Audiences
from storage.audit import Audit
from storage.audit_reading import AuditReading
from storage.broadcast_calls import BroadcastCalls
from storage.broadcast_files import BroadcastFiles, TopicMutes
from storage.broadcast_reach import BroadcastReach
from storage.broadcasts import Broadcasts
from storage.cases import CaseAsides, CaseForms, CaseRisks, Cases, LawFirms
from storage.check_ins import CheckIns
from storage.claiming import Claims
from storage.consents import ConsentRows, PushWindowRows
from storage.countersigns import Countersigns
from storage.day_counts import DayCounts
from storage.editing import Versions, Watches, Wishes
from storage.erasures import Erasures
from storage.events import Events, SignUpAnswers
from storage.evidence import EvidenceFiles
from storage.forms import Drafts
from storage.instance import Instance
from storage.journal import JournalRows
from storage.keeping import Keeping
from storage.ledgers import Ledgers
from storage.limits import RightsClocks
from storage.links import Links
from storage.members import Members
from storage.outbox import Outbox
from storage.pace import Pace
from storage.past_events import PastEvents
from storage.people import People
from storage.pushes import Pushes
from storage.quiz_attempts import QuizAttempts
from storage.quiz_bank import QuizBank
from storage.quiz_contests import QuizContests
from storage.quiz_imports import QuizImports
from storage.quiz_results import QuizResults
from storage.quiz_rounds import QuizRounds
from storage.quiz_standings import QuizStandings
from storage.repeats import SentForms
from storage.rosters import Rosters
from storage.sealed import Sealed
from storage.seat_figures import SeatFigures
from storage.seats import Seats
from storage.segments import EmergencyTemplates, Segments
from storage.sign_in import Factors, Sessions, SignIns
from storage.staff import Grants, StaffAccounts
from storage.talk_words import TalkPhrases, TalkWords
from storage.talks import Talks
from storage.units import Units
from storage.vault import Vault, VaultMissing
from storage.workers import Runs, Workers


class Work:
    """One transaction. What is not committed when it is left did not happen."""

    def __init__(self, connection: AsyncConnection, vault: Vault | None = None) -> None:
        self._connection = connection
        self._vault = vault

    @property
    def vault(self) -> Vault:
        """What seals and opens. Raises VaultMissing where the database was opened without one."""
        if self._vault is None:
            raise VaultMissing("the database was opened without a vault")
        return self._vault

    @cached_property
    def audit(self) -> Audit:
        return Audit(self._connection)

    @cached_property
    def audit_reading(self) -> AuditReading:
        return AuditReading(self._connection)

    @cached_property
    def cases(self) -> Cases:
        return Cases(self._connection, self.vault)

    @cached_property
    def case_asides(self) -> CaseAsides:
        return CaseAsides(self._connection, self.vault)

    @cached_property
    def case_forms(self) -> CaseForms:
        return CaseForms(self._connection, self.vault)

    @cached_property
    def case_risks(self) -> CaseRisks:
        return CaseRisks(self._connection, self.vault)

    @cached_property
    def law_firms(self) -> LawFirms:
        return LawFirms(self._connection, self.vault)

    @cached_property
    def agreements(self) -> Agreements:
        return Agreements(self._connection)

    @cached_property
    def audiences(self) -> Audiences:
        return Audiences(self._connection)

    @cached_property
    def broadcasts(self) -> Broadcasts:
        return Broadcasts(self._connection)

    @cached_property
    def broadcast_files(self) -> BroadcastFiles:
        return BroadcastFiles(self._connection)

    @cached_property
    def ledgers(self) -> Ledgers:
        return Ledgers(self._connection)

    @cached_property
    def broadcast_calls(self) -> BroadcastCalls:
        return BroadcastCalls(self._connection)

    @cached_property
    def broadcast_reach(self) -> BroadcastReach:
        return BroadcastReach(self._connection)

    @cached_property
    def segments(self) -> Segments:
        return Segments(self._connection)

    @cached_property
    def emergency_templates(self) -> EmergencyTemplates:
        return EmergencyTemplates(self._connection)

    @cached_property
    def topic_mutes(self) -> TopicMutes:
        return TopicMutes(self._connection)

    @cached_property
    def past_events(self) -> PastEvents:
        return PastEvents(self._connection)

    @cached_property
    def check_ins(self) -> CheckIns:
        return CheckIns(self._connection)

    @cached_property
    def drafts(self) -> Drafts:
        return Drafts(self._connection)

    @cached_property
    def events(self) -> Events:
        return Events(self._connection)

    @cached_property
    def evidence(self) -> EvidenceFiles:
        return EvidenceFiles(self._connection, self.vault)

    @cached_property
    def factors(self) -> Factors:
        return Factors(self._connection, self.vault)

    @cached_property
    def grants(self) -> Grants:
        return Grants(self._connection)

    @cached_property
    def instance(self) -> Instance:
        return Instance(self._connection)

    @cached_property
    def journal(self) -> JournalRows:
        return JournalRows(self._connection)

    @cached_property
    def keeping(self) -> Keeping:
        return Keeping(self._connection, self.vault)

    @cached_property
    def rights_clocks(self) -> RightsClocks:
        return RightsClocks(self._connection, self.vault)

    @cached_property
    def links(self) -> Links:
        return Links(self._connection)

    @cached_property
    def members(self) -> Members:
        return Members(self._connection)

    @cached_property
    def notes(self) -> Notes:
        return Notes(self._connection)

    @cached_property
    def claims(self) -> Claims:
        return Claims(self._connection)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self._connection)

    @cached_property
    def pace(self) -> Pace:
        return Pace(self._connection)

    @cached_property
    def pushes(self) -> Pushes:
        return Pushes(self._connection)

    @cached_property
    def quiz_attempts(self) -> QuizAttempts:
        return QuizAttempts(self._connection)

    @cached_property
    def quiz_bank(self) -> QuizBank:
        return QuizBank(self._connection)

    @cached_property
    def quiz_contests(self) -> QuizContests:
        return QuizContests(self._connection)

    @cached_property
    def quiz_imports(self) -> QuizImports:
        return QuizImports(self._connection)

    @cached_property
    def quiz_results(self) -> QuizResults:
        return QuizResults(self._connection)

    @cached_property
    def quiz_rounds(self) -> QuizRounds:
        return QuizRounds(self._connection)

    @cached_property
    def quiz_standings(self) -> QuizStandings:
        return QuizStandings(self._connection)

    @cached_property
    def runs(self) -> Runs:
        return Runs(self._connection)

    @cached_property
    def workers(self) -> Workers:
        return Workers(self._connection)

    @cached_property
    def day_counts(self) -> DayCounts:
        return DayCounts(self._connection)

    @cached_property
    def questions(self) -> Questions:
        return Questions(self._connection)

    @cached_property
    def sent_forms(self) -> SentForms:
        return SentForms(self._connection)

    @cached_property
    def sealed(self) -> Sealed:
        return Sealed(self._connection)

    @cached_property
    def versions(self) -> Versions:
        return Versions(self._connection)

    @cached_property
    def watches(self) -> Watches:
        return Watches(self._connection, self.vault)

    @cached_property
    def wishes(self) -> Wishes:
        return Wishes(self._connection, self.vault)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self._connection)

    @cached_property
    def sign_ins(self) -> SignIns:
        return SignIns(self._connection)

    @cached_property
    def staff(self) -> StaffAccounts:
        return StaffAccounts(self._connection)

    @cached_property
    def units(self) -> Units:
        return Units(self._connection)

    @cached_property
    def consents(self) -> ConsentRows:
        return ConsentRows(self._connection)

    @cached_property
    def countersigns(self) -> Countersigns:
        return Countersigns(self._connection, self.vault)

    @cached_property
    def erasures(self) -> Erasures:
        return Erasures(self._connection, self.vault)

    @cached_property
    def people(self) -> People:
        return People(self._connection, self.vault)

    @cached_property
    def push_windows(self) -> PushWindowRows:
        return PushWindowRows(self._connection)

    @cached_property
    def rosters(self) -> Rosters:
        return Rosters(self._connection, self.vault)

    @cached_property
    def seats(self) -> Seats:
        return Seats(self._connection, self._vault)

    @cached_property
    def seat_figures(self) -> SeatFigures:
        return SeatFigures(self._connection)

    @cached_property
    def sign_up_answers(self) -> SignUpAnswers:
        return SignUpAnswers(self._connection, self.vault)

    @cached_property
    def talks(self) -> Talks:
        return Talks(self._connection, self.vault)

    @cached_property
    def talk_words(self) -> TalkWords:
        return TalkWords(self._connection, self.vault)

    @cached_property
    def talk_phrases(self) -> TalkPhrases:
        return TalkPhrases(self._connection)

    async def commit(self) -> None:
        await self._connection.commit()
