"""Brings sections, and the symbols that they mention, in line with documents and symbols.

What a name in a document means is remembered. After a change only those documents are read again that changed, or in
which a name means another symbol than before.
"""

import sqlite3
from dataclasses import replace

from forklift.index.documents import has_sections, read_document
from forklift.index.documents.outline import sections_of, words_of_documents
from forklift.index.filters import is_test
from forklift.index.mentions import Names, passages_of
from forklift.index.messages import People
from forklift.index.reader import Index
from forklift.index.renewal import renewed_paths
from forklift.index.sections import insert_sections, remove_sections
from forklift.index.store import NO_SECTIONS
from forklift.index.texts import texts_in
from forklift.index.told import is_as_before

VOCABULARY_CHARS = 4_000_000
# a dotted name may mean something by way of imports and bases, so that any link can change it
_IN_DOUBT = """
SELECT id, written, hint, symbol_id FROM meanings
WHERE name IN (SELECT name FROM renewed) OR last IN (SELECT name FROM renewed) OR (? AND name != last)
"""


def add_documents(connection: sqlite3.Connection, people: People, linked: bool) -> None:
    """Decomposes documents into an index that has its symbols. `linked`: other languages than C were linked again."""
    paths = [path for path in documents_in(connection) if not is_test(path)]
    common = words_of_documents((text for _, text in texts_in(connection, paths)), VOCABULARY_CHARS)
    people = replace(people, vocabulary=people.vocabulary | common)
    rows = connection.execute("SELECT id, written, hint, symbol_id FROM meanings")
    names = Names(Index(connection, {}), {(written, hint): (one, symbol) for one, written, hint, symbol in rows})
    same = is_as_before(connection, "documents", people.words, people.names, people.vocabulary, names.packages)
    if not same:
        connection.executescript(NO_SECTIONS)
        names.known.clear()
    connection.execute("BEGIN")
    stale = renewed_paths(connection) | ask_again(connection, names, linked)
    known = {path for (path,) in connection.execute("SELECT DISTINCT path FROM sections UNION SELECT path FROM asked")}
    for path in sorted(known & stale):
        remove_sections(connection, path)
    for path in paths:
        if path in stale or not same:
            add_document(connection, path, people, names)
    connection.execute("DELETE FROM meanings WHERE id NOT IN (SELECT meaning_id FROM asked)")
    connection.execute("COMMIT")


def documents_in(connection: sqlite3.Connection) -> list[str]:
    """The paths of the documents that may have sections."""
    paths = connection.execute("SELECT path FROM files WHERE language = '' ORDER BY path").fetchall()
    return [path for (path,) in paths if has_sections(path)]


def ask_again(connection: sqlite3.Connection, names: Names, linked: bool) -> set[str]:
    """The documents in which a name means another symbol now."""
    changed = []
    for one, written, hint, before in connection.execute(_IN_DOUBT, (linked,)).fetchall():
        now = names.look_up(written, hint)
        names.known[written, hint] = one, now
        if now != before:
            changed.append((now, one))
    connection.executemany("UPDATE meanings SET symbol_id = ? WHERE id = ?", changed)
    query = "SELECT path FROM asked WHERE meaning_id = ?"
    return {path for _, one in changed for (path,) in connection.execute(query, (one,))}


def add_document(connection: sqlite3.Connection, path: str, people: People, names: Names) -> None:
    """Adds the sections of one document, what they mention, and what was asked for that."""
    names.asked.clear()
    (highest,) = connection.execute("SELECT ifnull(max(id), 0) FROM sections").fetchone()
    for _, text in texts_in(connection, [path]):
        for number, section in enumerate(sections_of(path, read_document(path, text), people), start=highest + 1):
            one = replace(section, id=number)
            insert_sections(connection, [one])
            rows = ((each.section_id, each.symbol_id, each.kind, each.line) for each in passages_of(one, names))
            connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?)", rows)
    connection.executemany("INSERT INTO meanings VALUES (?, ?, ?, ?, ?, ?)", names.new())
    connection.executemany("INSERT INTO asked VALUES (?, ?)", ((path, one) for one in sorted(names.asked)))
