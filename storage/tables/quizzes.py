"""The quiz: the bank, rounds with their days, attempts, notebooks, players, standings, prizes."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, metadata

quiz_topics = sa.Table(
    "quiz_topics",
    metadata,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("title", sa.String(40), nullable=False),
    sa.Column("is_political", sa.Boolean, nullable=False),
)

quiz_items = sa.Table(
    "quiz_items",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("topic", sa.String(32), nullable=False),
    sa.Column("difficulty", sa.SmallInteger, nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("origin", sa.String(12), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    # Beside the content, so that it can be searched.
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("valid_from", sa.Date),
    sa.Column("valid_to", sa.Date),
    sa.Column("reviewed_on", sa.Date),
    sa.Column("reviewed_by", sa.String(100), nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("changed_by", sa.String(40), nullable=False),
    sa.Column("figures", sa.JSON),
    sa.Column("facility", sa.Float),
    sa.Column("discrimination", sa.Float),
    sa.Column("is_flagged", sa.Boolean, nullable=False),
    sa.Index("ix_quiz_items_state_topic", "state", "topic", "difficulty"),
)

# What was asked must be found again as it was asked, whatever the item says now.
quiz_item_versions = sa.Table(
    "quiz_item_versions",
    metadata,
    sa.Column("item_id", sa.String(40), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("topic", sa.String(32), nullable=False),
    sa.Column("difficulty", sa.SmallInteger, nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("made_by", sa.String(40), nullable=False),
)

quiz_rounds = sa.Table(
    "quiz_rounds",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("title", sa.String(80), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("unit_path", sa.String(200), nullable=False),
    # Everything that is only ever read with its round: days, hours, blueprint, prize.
    sa.Column("plan", sa.JSON, nullable=False),
    sa.Column("note", sa.String(200), nullable=False),
    sa.Column("is_demo", sa.Boolean, nullable=False),
    sa.Column("created_by", sa.String(40), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("handed_in_by", sa.String(40)),
    sa.Column("handed_in_at", Instant),
    sa.Column("plan_hash", sa.String(64)),
    sa.Column("approved_by", sa.String(40)),
    sa.Column("published_at", Instant),
    sa.Column("closed_at", Instant),
    sa.Column("draw_at", Instant),
    sa.Column("seed", sa.String(64)),
    sa.Column("seed_hash", sa.String(64)),
    sa.Column("entries_hash", sa.String(64)),
    sa.Column("draw_list", sa.Text),
    sa.Column("drawn_at", Instant),
    sa.Column("draw_record", sa.Text),
    sa.Index("ix_quiz_rounds_state_created_at", "state", "created_at"),
)

quiz_sittings = sa.Table(
    "quiz_sittings",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("round_id", sa.String(16), sa.ForeignKey("quiz_rounds.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("opens_at", Instant, nullable=False),
    sa.Column("closes_at", Instant, nullable=False),
    # When it should have closed: an outage of ours moves `closes_at` on.
    sa.Column("planned_to", Instant, nullable=False),
    sa.Column("push_id", sa.BigInteger),
    sa.Column("reminded_at", Instant),
    sa.UniqueConstraint("round_id", "number"),
    sa.Index("ix_quiz_sittings_state_opens_at", "state", "opens_at"),
    sa.Index("ix_quiz_sittings_state_closes_at", "state", "closes_at"),
)

quiz_attempts = sa.Table(
    "quiz_attempts",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("round_id", sa.String(16), sa.ForeignKey("quiz_rounds.id")),
    sa.Column("sitting_id", sa.String(16), sa.ForeignKey("quiz_sittings.id")),
    sa.Column("member_id", sa.BigInteger),
    sa.Column("person_id", sa.String(40), index=True),
    # By whom it is counted: a person, or the account of somebody unknown.
    sa.Column("who", sa.String(60), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("deadline", Instant),
    sa.Column("total", sa.SmallInteger, nullable=False),
    sa.Column("done", sa.SmallInteger, nullable=False),
    sa.Column("right", sa.SmallInteger, nullable=False),
    sa.Column("ticked", sa.String(60), nullable=False),
    sa.Column("finished_at", Instant),
    # In milliseconds, for the order of those who have as many right.
    sa.Column("took", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("sitting_id", "who", "number"),
    sa.Index("ix_quiz_attempts_round_who", "round_id", "who"),
    sa.Index("ix_quiz_attempts_member_kind_state", "member_id", "kind", "state"),
    sa.Index("ix_quiz_attempts_state_deadline", "state", "deadline"),
)

quiz_answers = sa.Table(
    "quiz_answers",
    metadata,
    sa.Column("attempt_id", sa.String(16), sa.ForeignKey("quiz_attempts.id"), primary_key=True),
    sa.Column("place", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("item_id", sa.String(40), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    # The ids of the options in the order in which they are shown.
    sa.Column("shown", sa.String(60), nullable=False),
    sa.Column("chosen", sa.String(60)),
    sa.Column("is_right", sa.Boolean),
    sa.Column("is_void", sa.Boolean, nullable=False),
    sa.Column("answered_at", Instant),
    sa.Index("ix_quiz_answers_item_version", "item_id", "version"),
)

# The notebook: items that somebody answered wrongly, and when each comes up again.
quiz_lessons = sa.Table(
    "quiz_lessons",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("item_id", sa.String(40), primary_key=True),
    sa.Column("step", sa.SmallInteger, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Index("ix_quiz_lessons_member_due", "member_id", "due_at"),
)

# Who has a name on the board, and who wants no invitations. Nobody needs a row to play.
quiz_players = sa.Table(
    "quiz_players",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("nickname", sa.String(20)),
    sa.Column("nickname_key", sa.String(40), unique=True),
    sa.Column("is_muted", sa.Boolean, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
)

# Where everybody stood when the round was over. Entries of the draw are lines of it.
quiz_standings = sa.Table(
    "quiz_standings",
    metadata,
    sa.Column("round_id", sa.String(16), sa.ForeignKey("quiz_rounds.id"), primary_key=True),
    sa.Column("code", sa.String(16), primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("who", sa.String(60), nullable=False),
    sa.Column("member_id", sa.BigInteger, index=True),
    sa.Column("person_id", sa.String(40), index=True),
    sa.Column("right", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("took", sa.BigInteger, nullable=False),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("passed_days", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.UniqueConstraint("round_id", "who"),
)

quiz_winners = sa.Table(
    "quiz_winners",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("round_id", sa.String(16), sa.ForeignKey("quiz_rounds.id"), nullable=False),
    sa.Column("entry", sa.String(16), nullable=False),
    sa.Column("code", sa.String(6), nullable=False),
    sa.Column("member_id", sa.BigInteger, index=True),
    sa.Column("person_id", sa.String(40), index=True),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("claim_until", Instant, nullable=False),
    sa.Column("claimed_at", Instant),
    sa.Column("handed_at", Instant),
    sa.Column("handed_by", sa.String(40)),
    sa.Column("note", sa.String(200), nullable=False),
    sa.UniqueConstraint("round_id", "entry"),
    sa.UniqueConstraint("round_id", "code", name="uq_quiz_winners_round_code"),
    sa.Index("ix_quiz_winners_state_claim_until", "state", "claim_until"),
)
