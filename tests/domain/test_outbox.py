"""What may become of a message, and what a failed try means for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.outbox import (
    MOST_AMBIGUOUS,
    MOVES,
    PUSH_MOVES,
    Claim,
    Notice,
    Outcome,
    Policy,
    Priority,
    PushState,
    State,
    backoff,
    fate,
    must_move,
    must_move_push,
)
from domain.refusal import Refusal

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
CLAIM = Claim(
    id=1,
    token="t",
    kind="message",
    chat_id=5,
    member_id=5,
    push_id=None,
    chain="c",
    part=1,
    parts=1,
    priority=Priority.REMINDER,
    policy=Policy.RESEND,
    purpose=None,
    details={},
    attempts=1,
    ambiguous=0,
    due_at=NOW,
    expires_at=None,
    lease_until=NOW + timedelta(minutes=1),
)
OUTCOMES = [outcome for outcome in Outcome if outcome is not Outcome.NOT_TRIED]
CHANCES = st.floats(0, 1, exclude_max=True)


def test_what_has_ended_well_or_was_given_up_never_moves() -> None:
    for state in (State.SENT, State.SKIPPED, State.EXPIRED, State.CANCELLED):
        assert MOVES[state] == frozenset()
        with pytest.raises(Refusal, match=r"outbox\.not_now"):
            must_move(state, State.PENDING)


def test_only_a_claimed_message_can_be_sent() -> None:
    assert [state for state in State if State.SENT in MOVES[state]] == [State.SENDING]
    must_move(State.PENDING, State.SENDING)


def test_every_state_of_a_push_but_cancelled_leads_somewhere() -> None:
    assert set(PUSH_MOVES) == set(PushState)
    assert [state for state in PushState if not PUSH_MOVES[state]] == [PushState.CANCELLED]
    with pytest.raises(Refusal):
        must_move_push(PushState.DRAFT, PushState.RUNNING)


@given(st.sampled_from(OUTCOMES), st.sampled_from(list(Policy)), st.integers(0, 3), CHANCES)
def test_every_outcome_leads_to_a_legal_state(
    outcome: Outcome, policy: Policy, ambiguous: int, chance: float
) -> None:
    end = fate(replace(CLAIM, policy=policy, ambiguous=ambiguous), outcome, NOW, chance)
    must_move(State.SENDING, end.state)
    assert (end.due_at is not None) == (end.state is State.PENDING)
    assert end.ambiguous >= ambiguous


@given(st.lists(st.sampled_from(OUTCOMES), max_size=40), CHANCES)
def test_at_most_three_copies_of_class_resend_and_one_of_class_hold(
    outcomes: list[Outcome], chance: float
) -> None:
    for policy, most in ((Policy.RESEND, 1 + MOST_AMBIGUOUS), (Policy.HOLD, 1)):
        claim, copies = replace(CLAIM, policy=policy), 0
        for outcome in outcomes:
            end = fate(claim, outcome, NOW, chance)
            # In the worst case every try whose end nobody knows did arrive.
            copies += outcome in (Outcome.SENT, Outcome.AMBIGUOUS, Outcome.ORPHANED)
            if end.state is not State.PENDING:
                break
            claim = replace(claim, ambiguous=end.ambiguous, attempts=claim.attempts + 1)
        assert copies <= most


@pytest.mark.parametrize("outcome", [Outcome.RATE_LIMITED, Outcome.TOKEN, Outcome.MOVED])
def test_a_refusal_for_another_reason_is_no_try(outcome: Outcome) -> None:
    end = fate(CLAIM, outcome, NOW, 0.5)
    assert (end.state, end.counts, end.ambiguous) == (State.PENDING, False, 0)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome.GONE, "blocked"),
        (Outcome.DEACTIVATED, "deactivated"),
        (Outcome.CONTENT, "content"),
    ],
)
def test_what_cannot_arrive_is_not_tried_again(outcome: Outcome, reason: str) -> None:
    end = fate(CLAIM, outcome, NOW, 0.5)
    assert (end.state, end.fail_class) == (State.FAILED, reason)


@given(st.integers(0, 1000), CHANCES)
def test_waiting_grows_to_a_minute_and_is_never_nothing(attempts: int, chance: float) -> None:
    wait = backoff(attempts, chance)
    assert timedelta(milliseconds=100) <= wait <= timedelta(seconds=60)
    assert backoff(20, 0.999) > timedelta(seconds=59)


def test_a_lost_reply_waits_half_a_minute_at_least() -> None:
    for chance in (0.0, 0.999):
        due = fate(CLAIM, Outcome.AMBIGUOUS, NOW, chance).due_at
        assert due is not None
        assert timedelta(seconds=30) <= due - NOW <= timedelta(seconds=90)


def test_what_somebody_waits_for_goes_again_within_seconds_the_first_time() -> None:
    urgent = replace(CLAIM, priority=Priority.SECURITY)
    for seen, least, most in ((0, 3, 8), (1, 30, 90)):
        for chance in (0.0, 0.999):
            due = fate(replace(urgent, ambiguous=seen), Outcome.AMBIGUOUS, NOW, chance).due_at
            assert due is not None
            assert timedelta(seconds=least) <= due - NOW <= timedelta(seconds=most)


def test_a_notice_to_nobody_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="somebody"):
        _ = Notice("message", None, "k", NOW).chat
    assert Notice("message", None, "k", NOW, chat_id=-100).chat == -100
