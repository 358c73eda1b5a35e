"""Missed questions gather by likeness, always in the same way, and small heaps stay hidden."""

from __future__ import annotations

import random

from domain.outcomes import Missed, MissReport
from knowledge import Library
from knowledge.misses import find_misses

DOGS = ("养狗证去哪里办", "狗证怎么办理", "养狗要办什么证", "养狗证怎么办", "办养狗证要什么材料")
RENT = ("房东不退押金", "租房押金房东不给退怎么办", "租房合同押金房东不退")
NOTHING: frozenset[str] = frozenset()


def missed(*texts: str) -> list[Missed]:
    return [Missed(text, NOTHING, 1) for text in texts]


def test_no_misses_give_an_empty_report(library: Library) -> None:
    assert find_misses(library, [], 5) == MissReport(0, 0, (), 0, 0)


def test_like_questions_come_together_largest_first(library: Library) -> None:
    report = find_misses(library, missed(*RENT, *DOGS), 2)
    assert [cluster.size for cluster in report.clusters] == [5, 3]
    dogs, rent = report.clusters
    assert set(dogs.samples) <= set(DOGS)
    assert any("狗证" in word for word in dogs.words)
    assert any("押金" in word for word in rent.words)
    assert len(dogs.near) <= 3
    assert report.small == report.small_questions == 0


def test_small_clusters_are_counted_and_never_shown(library: Library) -> None:
    report = find_misses(library, missed(*RENT, *DOGS), 5)
    assert [cluster.size for cluster in report.clusters] == [5]
    assert (report.small, report.small_questions) == (1, 3)
    assert not any(text in repr(report) for text in RENT)
    assert find_misses(library, missed(*DOGS[:4]), 5).clusters == ()


def test_equal_questions_count_each_time(library: Library) -> None:
    rows = [Missed(RENT[0], NOTHING, 4), Missed(RENT[0] + "？", NOTHING, 1)]
    (cluster,) = find_misses(library, rows, 5).clusters
    assert (cluster.size, cluster.samples) == (5, (RENT[0],))


def test_the_order_of_arrival_does_not_matter(library: Library) -> None:
    rows = missed(*RENT, *DOGS, "食堂太贵", "停车位怎么申请")
    wanted = find_misses(library, rows, 2)
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        assert find_misses(library, rows, 2) == wanted


def test_what_is_answered_by_now_is_settled(library: Library) -> None:
    known = "加班费怎么算"
    report = find_misses(library, missed(known), 1)
    assert (report.questions, report.settled, report.clusters) == (1, 1, ())
    # The very page that its asker did not mean settles nothing.
    again = find_misses(library, [Missed(known, frozenset({"hours.overtime"}), 2)], 1)
    assert (again.settled, [cluster.size for cluster in again.clusters]) == (0, [2])


def test_any_text_can_be_missed(library: Library) -> None:
    odd = ("", " ", "？？？", "👍", "a" * 500, "#", "##", "# #", "\x00", "𠮷", "你好", "我想死")
    report = find_misses(library, missed(*odd), 2)
    assert report.questions == len(odd)
    hidden = sum(cluster.size for cluster in report.clusters) + report.small_questions
    assert report.settled + hidden == len(odd)


def test_many_questions_are_gathered_without_losing_any(library: Library) -> None:
    chance = random.Random(7)
    words = [text for entry in library.entries[::4] for text in entry.phrasings[:6]]
    every = frozenset(entry.id for entry in library.entries)
    texts = [chance.choice(words) + chance.choice("啊吗呢呀") for _ in range(200)]
    report = find_misses(library, [Missed(text, every, 1) for text in texts], 5)
    assert sum(cluster.size for cluster in report.clusters) + report.small_questions == 200
