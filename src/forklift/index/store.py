"""The index on disk: its schema, how it grows file by file, and how files are taken out of it again."""

import json
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from forklift.errors import IndexingError
from forklift.index.renewal import note_gone
from forklift.index.rows import Row
from forklift.index.words import index_words
from forklift.records import Fact
from forklift.workspace import replacing

SCHEMA_VERSION = 8
APPLICATION_ID = 0x464B4C46  # "FKLF"

_SYMBOL = """
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, qualified_name TEXT NOT NULL, kind TEXT NOT NULL,
    language TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL, end_line INTEGER NOT NULL,
    doc TEXT NOT NULL, signature TEXT NOT NULL, parameters TEXT NOT NULL, returns TEXT NOT NULL,
    bases TEXT NOT NULL, decorators TEXT NOT NULL, value TEXT NOT NULL, parent_id INTEGER,
    is_test INTEGER NOT NULL, rank REAL NOT NULL, dotted TEXT NOT NULL, weight REAL NOT NULL,
    is_static INTEGER NOT NULL
"""
# what is read from files, one by one
FILE_TABLES = f"""
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, language TEXT NOT NULL, size_bytes INTEGER NOT NULL,
    lines INTEGER NOT NULL, doc TEXT NOT NULL, is_test INTEGER NOT NULL, module TEXT NOT NULL, content BLOB NOT NULL
);
CREATE TABLE symbols ({_SYMBOL});
CREATE TABLE prototypes ({_SYMBOL}); -- of C
CREATE TABLE parameters (name TEXT NOT NULL, symbol_id INTEGER NOT NULL);
CREATE TABLE uses (
    kind TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL,
    scope_id INTEGER, target_id INTEGER, is_open INTEGER NOT NULL, -- its name alone says what it means: a call in C
    is_deferred INTEGER NOT NULL
);
CREATE TABLE words (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE reads ( -- every file that was read, also those that were left out
    path TEXT PRIMARY KEY, digest TEXT NOT NULL, reason TEXT NOT NULL, names_only INTEGER NOT NULL,
    withheld INTEGER NOT NULL, is_notable INTEGER NOT NULL, words BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE syntax (path TEXT PRIMARY KEY, language TEXT NOT NULL, packed TEXT NOT NULL);
"""
SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
{FILE_TABLES}
CREATE TABLE borrowed (symbol_id INTEGER PRIMARY KEY, what TEXT NOT NULL); -- doc or all, from a prototype
CREATE VIRTUAL TABLE search USING fts5(
    name, words, path, doc, content='', tokenize="porter unicode61 remove_diacritics 2"
);
CREATE TABLE changes (
    kind TEXT NOT NULL, name TEXT NOT NULL, symbol_kind TEXT NOT NULL, path TEXT NOT NULL, symbol_id INTEGER,
    before TEXT NOT NULL, after TEXT NOT NULL, commit_id TEXT NOT NULL, date TEXT NOT NULL, release TEXT NOT NULL,
    subject TEXT NOT NULL, reason TEXT NOT NULL, is_current INTEGER NOT NULL
);
CREATE TABLE notices (
    kind TEXT NOT NULL, symbol_id INTEGER NOT NULL, version TEXT NOT NULL, text TEXT NOT NULL, path TEXT NOT NULL,
    line INTEGER NOT NULL
);
CREATE TABLE told (path TEXT PRIMARY KEY) WITHOUT ROWID; -- files whose comments were read for reasons
CREATE TABLE sections (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL, line INTEGER NOT NULL, end_line INTEGER NOT NULL,
    heading TEXT NOT NULL, trail TEXT NOT NULL, summary TEXT NOT NULL, blocks BLOB NOT NULL
);
CREATE TABLE passages (
    section_id INTEGER NOT NULL, symbol_id INTEGER NOT NULL, kind TEXT NOT NULL, line INTEGER NOT NULL
);
CREATE TABLE meanings ( -- of names in documents
    id INTEGER PRIMARY KEY, written TEXT NOT NULL, hint TEXT NOT NULL, name TEXT NOT NULL,
    last TEXT NOT NULL, symbol_id INTEGER -- `last`: the last part of the name
);
CREATE TABLE asked (path TEXT NOT NULL, meaning_id INTEGER NOT NULL, PRIMARY KEY (path, meaning_id)) WITHOUT ROWID;
CREATE VIRTUAL TABLE section_search USING fts5(
    heading, trail, words, names, path, content='', tokenize="porter unicode61 remove_diacritics 2"
);
CREATE TABLE facts (
    id INTEGER PRIMARY KEY, relation TEXT NOT NULL, subject TEXT NOT NULL, sentence TEXT NOT NULL,
    path TEXT NOT NULL, line INTEGER NOT NULL, rank REAL NOT NULL, symbol_id INTEGER
);
CREATE VIRTUAL TABLE fact_search USING fts5(
    subject, words, content='', tokenize="porter unicode61 remove_diacritics 2"
);
"""
PROTOTYPE_INDEXES = """
CREATE INDEX IF NOT EXISTS prototypes_name ON prototypes (name);
CREATE INDEX IF NOT EXISTS prototypes_path ON prototypes (path);
"""
INNER = "parent_id IS NOT NULL AND kind IN ('variable', 'member')"  # what many types have and few people ask for
INDEXES = f"""
CREATE INDEX IF NOT EXISTS symbols_name ON symbols (name, is_test, {INNER}, rank DESC, path);
CREATE INDEX IF NOT EXISTS symbols_qualified_name ON symbols (qualified_name);
CREATE INDEX IF NOT EXISTS symbols_path ON symbols (path, is_test, rank);
CREATE INDEX IF NOT EXISTS symbols_parent ON symbols (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS parameters_name ON parameters (name);
CREATE INDEX IF NOT EXISTS parameters_symbol ON parameters (symbol_id);
CREATE INDEX IF NOT EXISTS uses_open ON uses (name) WHERE is_open;
CREATE INDEX IF NOT EXISTS uses_target ON uses (target_id) WHERE target_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS uses_scope ON uses (scope_id) WHERE scope_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS uses_path ON uses (path, kind);
CREATE INDEX IF NOT EXISTS changes_symbol ON changes (symbol_id);
CREATE INDEX IF NOT EXISTS changes_commit ON changes (commit_id);
CREATE INDEX IF NOT EXISTS notices_symbol ON notices (symbol_id);
CREATE INDEX IF NOT EXISTS notices_path ON notices (path);
CREATE INDEX IF NOT EXISTS asked_meaning ON asked (meaning_id);
CREATE INDEX IF NOT EXISTS sections_path ON sections (path);
CREATE INDEX IF NOT EXISTS passages_symbol ON passages (symbol_id);
CREATE INDEX IF NOT EXISTS passages_section ON passages (section_id);
CREATE INDEX IF NOT EXISTS facts_symbol ON facts (symbol_id);
CREATE INDEX IF NOT EXISTS facts_subject ON facts (subject);
"""

NO_SECTIONS = """
DELETE FROM sections; DELETE FROM passages; DELETE FROM meanings; DELETE FROM asked;
INSERT INTO section_search (section_search) VALUES ('delete-all');
"""
NO_FACTS = "DELETE FROM facts; INSERT INTO fact_search (fact_search) VALUES ('delete-all');"

# a shard is a database of some files, written by one worker; its ids begin at 1
SHARD = (
    FILE_TABLES
    + """
CREATE TABLE search (
    rowid INTEGER PRIMARY KEY, name TEXT NOT NULL, words TEXT NOT NULL, path TEXT NOT NULL, doc TEXT NOT NULL
);
"""
)
_IDS = {
    "symbols": ("id", "parent_id"), "prototypes": ("id", "parent_id"), "parameters": ("symbol_id",),
    "uses": ("scope_id",), "search": ("rowid",),
}  # fmt: skip
_QUICKLY = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-100000; PRAGMA temp_store=MEMORY;"
_WIDTH = {"files": 9, "symbols": 21, "prototypes": 21, "parameters": 2, "uses": 8, "reads": 7, "syntax": 3, "search": 5}


def open_for_writing(database: Path, schema: str) -> sqlite3.Connection:
    """A connection to a database that is thrown away if anything fails: it has no journal. Commits by itself, outside
    BEGIN and COMMIT."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.executescript(_QUICKLY)
    if schema:
        connection.executescript(
            f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={SCHEMA_VERSION}; {schema}"
        )
    return connection


def insert(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    """Adds whole rows to one of the tables that are filled from files."""
    marks = ", ".join("?" * _WIDTH[table])
    columns = " (rowid, name, words, path, doc)" if table == "search" else ""
    connection.executemany(f"INSERT INTO {table}{columns} VALUES ({marks})", rows)


def append(connection: sqlite3.Connection, shard: Path) -> None:
    """Adds what a worker wrote about some files."""
    base = highest_id(connection)
    connection.execute("ATTACH ? AS shard", (str(shard),))
    connection.execute("BEGIN")
    for table in ("files", "symbols", "prototypes", "parameters", "uses", "words", "reads", "syntax", "search"):
        names = [row[1] for row in connection.execute(f"PRAGMA shard.table_info({table})")]
        names = names[1:] if table == "files" else names
        values = [f"{name} + {base}" if name in _IDS.get(table, ()) else name for name in names]
        insert = "INSERT OR IGNORE" if table == "words" else "INSERT"
        connection.execute(
            f"{insert} INTO main.{table} ({', '.join(names)}) SELECT {', '.join(values)} FROM shard.{table}"
        )
    connection.execute("COMMIT")
    connection.execute("DETACH shard")


def highest_id(connection: sqlite3.Connection) -> int:
    """The highest id of a symbol or prototype."""
    query = "SELECT max(ifnull((SELECT max(id) FROM symbols), 0), ifnull((SELECT max(id) FROM prototypes), 0))"
    return int(connection.execute(query).fetchone()[0])


SEARCHED = "SELECT id, name, qualified_name, parameters, bases, path, doc FROM symbols WHERE id IN"


def unsearch(connection: sqlite3.Connection, ids: str) -> None:
    """Takes symbols out of the full-text search, as long as they are what they were when they went in."""
    rows = [("delete", *searched(row)) for row in connection.execute(f"{SEARCHED} ({ids})")]
    connection.executemany("INSERT INTO search (search, rowid, name, words, path, doc) VALUES (?, ?, ?, ?, ?, ?)", rows)


def research(connection: sqlite3.Connection, ids: str) -> None:
    """Puts symbols into the full-text search."""
    rows = [searched(row) for row in connection.execute(f"{SEARCHED} ({ids})")]
    connection.executemany("INSERT INTO search (rowid, name, words, path, doc) VALUES (?, ?, ?, ?, ?)", rows)


def searched(row: Row) -> Row:
    """The row of `search` for a symbol as SEARCHED gives it."""
    number, name, qualified_name, parameters, bases, path, doc = row
    names = [parts[0] for parts in json.loads(str(parameters))]
    more = index_words(str(qualified_name), *names, *json.loads(str(bases)))
    return number, index_words(str(name)), more, index_words(str(path)), doc


def remove_symbols(connection: sqlite3.Connection, ids: str) -> None:
    """Removes the symbols that a query gives the ids of."""
    connection.execute(f"CREATE TEMP TABLE gone AS {ids}")
    gone = "SELECT * FROM gone"
    note_gone(connection, gone)
    unsearch(connection, gone)
    for table, column in (("symbols", "id"), ("parameters", "symbol_id"), ("borrowed", "symbol_id")):
        connection.execute(f"DELETE FROM {table} WHERE {column} IN ({gone})")
    connection.execute("DROP TABLE gone")


def store_facts(database: Path, facts: Sequence[tuple[Fact, str]]) -> None:
    """Adds facts, each with the sentence that states it, to an index without any, atomically.

    Whoever has the index open goes on reading it without them. Raises IndexingError when it cannot be written.
    """
    try:
        with replacing(database) as temporary:
            shutil.copyfile(database, temporary)
            with closing(sqlite3.connect(temporary)) as connection:
                _add_facts(connection, facts)
    except (sqlite3.Error, OSError) as error:
        raise IndexingError(f"cannot write {database}: {error}; check the free space and permissions") from None


def _add_facts(connection: sqlite3.Connection, facts: Sequence[tuple[Fact, str]]) -> None:
    connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")
    places: dict[tuple[str, int], list[tuple[int, str]]] = defaultdict(list)
    by_name: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one, name, path, line, kind in connection.execute("SELECT id, qualified_name, path, line, kind FROM symbols"):
        places[path, line].append((one, name))
        by_name[name, kind].append(one)
    rows = [
        (*(fact.relation, fact.subject, sentence, fact.path, fact.line, fact.rank), _symbol_of(places, by_name, fact))
        for fact, sentence in facts
    ]
    words = [(number, index_words(row[1]), index_words(row[2])) for number, row in enumerate(rows, start=1)]
    with connection:
        connection.executemany("INSERT INTO facts VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.executemany("INSERT INTO fact_search (rowid, subject, words) VALUES (?, ?, ?)", words)


def _symbol_of(
    places: Mapping[tuple[str, int], Sequence[tuple[int, str]]],
    by_name: Mapping[tuple[str, str], Sequence[int]],
    fact: Fact,
) -> int | None:
    """The symbol that the fact is about: the one at its place whose name its subject, or only object, ends with; where
    its evidence is elsewhere, in a comment or document, the only one of its name and kind."""
    labels = (fact.subject, *(fact.objects if len(fact.objects) == 1 else ()))
    for one, name in places.get((fact.path, fact.line), ()):
        if any(f".{label}".endswith(f".{name}") or f".{name}".endswith(f".{label}") for label in labels):
            return one
    named = by_name.get((fact.subject, fact.subject_kind), ())
    return named[0] if len(named) == 1 else None
