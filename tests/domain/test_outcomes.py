"""What is counted of a question, and for which page."""

from __future__ import annotations

from dataclasses import replace

from domain.ask import Complaint, Decision, Verdict
from domain.outcomes import Mark, Outcome, percent, tally, times_read

ANSWERED = Outcome(
    decision=Decision.ANSWER,
    entry_id="wage.arrears",
    offered=(),
    chosen=None,
    rejected=False,
    verdict=None,
    complaint=None,
    asked_human=False,
    for_staff=False,
    count=1,
)
CHOICES = replace(
    ANSWERED, decision=Decision.CHOICES, offered=("wage.arrears", "wage.final", "hours.overtime")
)


def test_nothing_gives_empty_counts() -> None:
    report = tally([])
    assert (report.totals, report.topics, report.pages) == ({}, {}, {})
    assert percent({}, Mark.HELPFUL) is None


def test_a_verdict_belongs_to_the_answer() -> None:
    good = replace(ANSWERED, verdict=Verdict.HELPFUL, count=3)
    bad = replace(ANSWERED, verdict=Verdict.UNHELPFUL, complaint=Complaint.UNCLEAR)
    page = tally([good, bad, replace(ANSWERED, count=4)]).pages["wage.arrears"]
    assert page == {Mark.ANSWERED: 8, Mark.HELPFUL: 3, Mark.UNHELPFUL: 1, Mark.UNCLEAR: 1}
    assert (percent(page, Mark.HELPFUL), percent(page, Mark.UNHELPFUL)) == (38, 12)


def test_a_verdict_belongs_to_the_page_that_was_chosen_and_offers_to_all() -> None:
    chosen = replace(CHOICES, chosen="wage.final", verdict=Verdict.HELPFUL, asked_human=True)
    report = tally([chosen])
    assert report.pages["wage.final"] == {
        Mark.OFFERED: 1,
        Mark.CHOSEN: 1,
        Mark.HELPFUL: 1,
        Mark.HUMAN: 1,
    }
    assert report.pages["wage.arrears"] == {Mark.OFFERED: 1}
    assert report.topics["wage"][Mark.OFFERED] == 2
    assert times_read(report.topics["wage"]) == 1
    assert report.totals[Mark.CHOSEN] == report.totals[Mark.CHOICES] == 1


def test_the_best_page_of_choices_or_of_nothing_was_not_read() -> None:
    nothing = replace(ANSWERED, decision=Decision.NONE, asked_human=True, for_staff=True)
    report = tally([nothing, replace(CHOICES, rejected=True)])
    assert times_read(report.pages["wage.arrears"]) == 0
    assert report.totals == {
        Mark.ASKED: 2,
        Mark.NONE: 1,
        Mark.CHOICES: 1,
        Mark.HUMAN: 1,
        Mark.LEFT: 1,
        Mark.REJECTED: 1,
    }


def test_a_reason_is_dropped_when_the_asker_thinks_better_of_it() -> None:
    changed = replace(ANSWERED, verdict=Verdict.HELPFUL, complaint=Complaint.OFF_TOPIC)
    assert Mark.OFF_TOPIC not in tally([changed]).totals
