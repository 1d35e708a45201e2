"""Links the names of C, which mean the same in every file: calls to functions, prototypes to definitions. In SQL, so
that millions of them need little memory, and only for the names that were touched since the last time."""

import sqlite3

from forklift.index.renewal import note
from forklift.index.store import highest_id, remove_symbols, research, unsearch

NOTED = "SELECT path FROM noted"
# functions, and what else a prototype can announce
_DEFINED = "language = 'c' AND kind IN ('function', 'method', 'macro')"
_TOUCHED = "name IN (SELECT name FROM touched)"
_DOCUMENTED = f"""
SELECT id FROM symbols WHERE {_DEFINED} AND doc = '' AND {_TOUCHED}
AND name IN (SELECT name FROM prototypes WHERE doc != '' AND {_TOUCHED})
"""
_CALLED = f"is_open AND path IN ({NOTED})"
_LENT = "SELECT symbol_id FROM borrowed JOIN symbols ON symbols.id = symbol_id WHERE what = '{}' AND " + _TOUCHED


def begin(connection: sqlite3.Connection) -> None:
    """Starts to note the names that are touched."""
    connection.execute("CREATE TEMP TABLE noted (path TEXT PRIMARY KEY) WITHOUT ROWID")
    connection.execute("CREATE TEMP TABLE touched (name TEXT PRIMARY KEY) WITHOUT ROWID")


def touch(connection: sqlite3.Connection) -> None:
    """Notes what the noted files announce and define."""
    within = f"path IN ({NOTED})"
    connection.execute(f"INSERT OR IGNORE INTO touched SELECT name FROM symbols WHERE {within} AND {_DEFINED}")
    connection.execute(f"INSERT OR IGNORE INTO touched SELECT name FROM prototypes WHERE {within}")


def touch_all(connection: sqlite3.Connection) -> None:
    """Notes everything that is called or announced."""
    connection.execute("INSERT OR IGNORE INTO touched SELECT name FROM prototypes")
    connection.execute("INSERT OR IGNORE INTO touched SELECT name FROM uses WHERE is_open")


def link(connection: sqlite3.Connection) -> None:
    """Links what has a touched name, and what the noted files call."""
    connection.execute("BEGIN")
    give_back(connection)
    promote(connection)
    document(connection)
    resolve(connection)
    connection.execute("COMMIT")
    connection.execute("DROP TABLE touched")


def give_back(connection: sqlite3.Connection) -> None:
    """Undoes what prototypes lent."""
    remove_symbols(connection, _LENT.format("all"))
    lent = _LENT.format("doc")
    unsearch(connection, lent)
    connection.execute(f"UPDATE symbols SET doc = '' WHERE id IN ({lent})")
    connection.execute(f"CREATE TEMP TABLE bare AS {lent}")
    note(connection, "SELECT symbol_id FROM bare")
    research(connection, "SELECT symbol_id FROM bare")
    connection.execute("DELETE FROM borrowed WHERE symbol_id IN (SELECT symbol_id FROM bare)")
    connection.execute("DROP TABLE bare")


def promote(connection: sqlite3.Connection) -> None:
    """The first prototype of a function that is defined nowhere is a symbol of its own."""
    base = highest_id(connection)
    connection.execute(
        f"""
        CREATE TEMP TABLE promoted AS
        SELECT *, row_number() OVER (PARTITION BY name ORDER BY path, line, id) AS turn FROM prototypes
        WHERE {_TOUCHED} AND name NOT IN (SELECT name FROM symbols WHERE {_DEFINED} AND {_TOUCHED})
        """
    )
    connection.execute("DELETE FROM promoted WHERE turn > 1")
    connection.execute(f"UPDATE promoted SET id = {base} + rowid, kind = iif(parent_id IS NULL, 'function', 'method')")
    columns = ", ".join(row[1] for row in connection.execute("PRAGMA table_info(symbols)"))
    connection.execute(f"INSERT INTO symbols SELECT {columns} FROM promoted")
    connection.execute("INSERT INTO borrowed SELECT id, 'all' FROM promoted")
    connection.execute(
        """
        INSERT INTO parameters SELECT ltrim(json_extract(one.value, '$[0]'), '*'), promoted.id
        FROM promoted, json_each(promoted.parameters) AS one
        """
    )
    research(connection, "SELECT id FROM promoted")
    connection.execute("DROP TABLE promoted")


def document(connection: sqlite3.Connection) -> None:
    """A function without a comment has that of its prototype."""
    connection.execute(f"CREATE TEMP TABLE undocumented AS {_DOCUMENTED}")
    unsearch(connection, "SELECT id FROM undocumented")
    connection.execute(
        """
        UPDATE symbols SET doc = (
            SELECT doc FROM prototypes AS one WHERE one.name = symbols.name AND one.doc != ''
            ORDER BY one.path, one.line, one.id LIMIT 1
        ) WHERE id IN (SELECT id FROM undocumented)
        """
    )
    research(connection, "SELECT id FROM undocumented")
    note(connection, "SELECT id FROM undocumented")
    connection.execute("INSERT OR IGNORE INTO borrowed SELECT id, 'doc' FROM undocumented")
    connection.execute("DROP TABLE undocumented")


def resolve(connection: sqlite3.Connection) -> None:
    """A call means the one function or macro of its name in the same file, else the only one that can be seen."""
    connection.execute(
        f"""
        CREATE TEMP TABLE candidates AS
        SELECT name, id, path, NOT is_static OR substr(path, -2) = '.h' AS shared FROM symbols
        WHERE language = 'c' AND kind IN ('function', 'macro')
        AND ({_TOUCHED} OR name IN (SELECT name FROM uses WHERE {_CALLED}))
        """
    )
    connection.execute("CREATE TEMP TABLE here (name TEXT, path TEXT, id INTEGER, PRIMARY KEY (name, path))")
    connection.execute(
        "INSERT INTO here SELECT name, path, iif(count(*) = 1, min(id), 0) FROM candidates GROUP BY 1, 2"
    )
    connection.execute("CREATE TEMP TABLE everywhere (name TEXT PRIMARY KEY, id INTEGER)")
    connection.execute(
        "INSERT INTO everywhere SELECT name, iif(count(*) = 1, min(id), NULL) FROM candidates WHERE shared GROUP BY 1"
    )
    for which in (f"is_open AND {_TOUCHED}", _CALLED):
        connection.execute(
            f"""
            UPDATE uses SET target_id = nullif(ifnull(
                (SELECT id FROM here WHERE here.name = uses.name AND here.path = uses.path),
                (SELECT id FROM everywhere WHERE everywhere.name = uses.name)
            ), 0) WHERE {which}
            """
        )
    for table in ("candidates", "here", "everywhere"):
        connection.execute(f"DROP TABLE {table}")
