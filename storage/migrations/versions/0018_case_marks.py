"""Nothing outside the tables of cases leads from a member to a case in clear any more."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The answers, which are sealed, hold it as well.
    op.drop_column("case_intakes", "case_id")
    # Forms that named their case: they are begun again from the case's page.
    op.execute("DELETE FROM drafts WHERE form IN ('evidence', 'limits')")
    op.execute("DELETE FROM drafts WHERE form = 'case' AND step IN ('part', 'code', 'code_new')")
    # What was not sent yet leads to the list of one's own matters instead.
    op.execute(
        "UPDATE outbox SET kind = 'cases.notice_news', details = '{}'"
        " WHERE kind IN ('cases.notice_news', 'cases.notice_paid', 'cases.notice_rate')"
    )
    op.execute(
        "UPDATE outbox SET chain = 'cases.notice:' || CAST(id AS VARCHAR(20))"
        " WHERE kind IN ('cases.notice_news', 'cases.notice_meeting')"
    )
