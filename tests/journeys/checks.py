"""What must hold after every journey, whatever was done in it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from storage.tables import metadata
from tests.world import TOKEN, World

# Shorter words ("/start", a key) are said by the program itself as well.
_TELLING = 8


def contents(world: World) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    place = sa.engine.make_url(world.settings.database.url)
    if place.get_backend_name() == "postgresql":
        place = place.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(place, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            # Most are empty, and to compile a statement takes longer than to run it.
            asked = " UNION ALL ".join(
                f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in metadata.tables
            )
            filled = set(connection.exec_driver_sql(asked).scalars())
            return {
                name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
                if name in filled
                else []
                for name, table in metadata.tables.items()
            }
    finally:
        engine.dispose()


def places_of(world: World, text: str) -> list[str]:
    """The columns in which the text is kept, as `table.column`."""
    return sorted(
        {
            f"{table}.{column}"
            for table, rows in contents(world).items()
            for row in rows
            for column, value in row.items()
            if text in str(value)
        }
    )


def unanswered_presses(world: World) -> set[str]:
    """The presses that no answerCallbackQuery has answered."""
    answered = {call["callback_query_id"] for call in world.calls("answerCallbackQuery")}
    return set(world.simulator.presses) - answered


def leaks(world: World, logged: str) -> list[str]:
    """What people typed and the token, as far as the log holds it."""
    typed = {
        str(message.data.get("text") or message.data.get("caption") or "")
        for chat in world.simulator.chats.values()
        for message in chat.messages.values()
        if message.author != world.simulator.bot.id
    }
    secret = {TOKEN, TOKEN.partition(":")[2]} | {text for text in typed if len(text) >= _TELLING}
    return sorted(text for text in secret if text in logged or ascii(text)[1:-1] in logged)


def traces_of_people(world: World) -> list[str]:
    """Values in questions and notes that lead to somebody: numbers of people, their names."""
    marks = {str(person.id) for person in world.simulator.people.values()}
    marks |= {person.name for person in world.simulator.people.values()}
    kept = contents(world)
    return [
        f"{table}.{column}: {mark}"
        for table in ("questions", "notes")
        for row in kept[table]
        for column, value in row.items()
        for mark in marks
        # A member may well write a name; only whole values are the program's own doing.
        if str(value) == mark or (column != "text" and mark in str(value))
    ]
