"""Open the file that keeps the jobs: made where it is missing, refused where it is damaged or another's."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.core.sealed_json import sealed

if TYPE_CHECKING:
    from pathlib import Path

LAYOUT = 2
"""The version of the tables, kept in the file as `user_version`."""
WITHOUT_CHECKSUMS = (0, 1)
"""The versions before, of the same tables: 0 means a file made before it was kept."""

_TABLES = {
    "jobs": """CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    state TEXT NOT NULL,
    created REAL NOT NULL,
    started REAL,
    ended REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    request TEXT NOT NULL,
    plan TEXT,
    cost REAL,
    error TEXT
)""",
    "events": """CREATE TABLE events (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (job, number)
) WITHOUT ROWID""",
}
_INDEX = "CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, number)"
_REMEDY = "move it away, or name another with --database"


def opened(file: Path) -> sqlite3.Connection:
    """A connection for any thread to a sound file. Raises InstanceError with the reason for any other."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise _refused(file, f"cannot be opened: {error}") from None
    try:
        connection.row_factory = sqlite3.Row
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _check(connection, file)
        _lay_out(connection)
    except sqlite3.Error as error:
        connection.close()
        raise damaged(file, error) from None
    except InstanceError:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, file: Path) -> None:
    """Raise InstanceError unless the file is empty, or sound and laid out as this program does."""
    answer = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
    if answer != ["ok"]:
        raise _refused(file, f"is damaged ({' '.join(str(answer[0]).split())}): {_REMEDY}")
    (layout,) = connection.execute("PRAGMA user_version").fetchone()
    if layout not in (*WITHOUT_CHECKSUMS, LAYOUT):
        text = (
            f"has layout {layout}, of another version of this program, which reads up to {LAYOUT}: {_REMEDY}"
        )
        raise _refused(file, text)
    present = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if not present - {"sqlite_sequence"}:
        return
    for table, statement in _TABLES.items():
        if table not in present or _columns(connection, table) != _columns_of(statement, table):
            raise _refused(file, f"has no table '{table}' as this version of the program makes it: {_REMEDY}")


def _lay_out(connection: sqlite3.Connection) -> None:
    for statement in _TABLES.values():
        connection.execute(statement.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1))
    connection.execute(_INDEX)
    (layout,) = connection.execute("PRAGMA user_version").fetchone()
    if layout != LAYOUT:
        _seal(connection)


def _seal(connection: sqlite3.Connection) -> None:
    """Give what an earlier version kept its checksums, all of it or nothing."""
    connection.create_function("sealed", 1, lambda text: sealed(text) if isinstance(text, str) else text)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE jobs SET request = sealed(request), plan = sealed(plan)")
    connection.execute("UPDATE events SET event = sealed(event)")
    connection.execute(f"PRAGMA user_version = {LAYOUT}")
    connection.execute("COMMIT")


def _columns(connection: sqlite3.Connection, table: str) -> list[tuple[str, str, int]]:
    """Name, type and whether it must be given, of every column."""
    rows = connection.execute(f"PRAGMA table_info({table})")
    return [(row["name"], row["type"], row["notnull"]) for row in rows]


def _columns_of(statement: str, table: str) -> list[tuple[str, str, int]]:
    """The same of the table that a statement makes."""
    memory = sqlite3.connect(":memory:")
    memory.row_factory = sqlite3.Row
    try:
        memory.execute(statement)
        return _columns(memory, table)
    finally:
        memory.close()


def damaged(file: Path, error: sqlite3.Error) -> InstanceError:
    """What to tell of a file that SQLite cannot work with."""
    return _refused(file, f"is damaged, or no store of jobs ({error}): {_REMEDY}")


def _refused(file: Path, message: str) -> InstanceError:
    return InstanceError([Fault(message, file=str(file))])
