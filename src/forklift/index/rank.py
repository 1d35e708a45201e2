"""How central a definition is: PageRank on the graph of references and containment.

Source: Page, Brin, Motwani, Winograd, "The PageRank citation ranking" (1999), by power iteration.
"""

import sqlite3

import numpy as np
from scipy.sparse import csr_matrix

DAMPING = 0.85
ROUNDS = 60
WEIGHTS = {"call": 1.0, "inherit": 2.0, "raise": 0.5, "import": 0.3, "catch": 0.3}
FEW = 0.01  # of all symbols; ranks move little while so many change
UP, DOWN = 0.5, 0.1  # a use of a member is partly one of its class; a class lends little to each member


FORMER = "SELECT rank FROM former AS one WHERE (path, dotted, kind) = (symbols.path, symbols.dotted, symbols.kind)"
NODES = "SELECT id, ifnull(parent_id, 0), weight, rank FROM symbols ORDER BY id"
EDGES = "SELECT target_id, scope_id, kind FROM uses WHERE target_id IS NOT NULL AND scope_id != target_id"


def bring_ranks(connection: sqlite3.Connection, is_new: bool) -> None:
    """Ranks all symbols of a new index, or when many of them changed since all were ranked. When few did, those that
    came get the rank of the same one that went, or none."""
    (ranked,) = connection.execute("SELECT value FROM meta WHERE key = 'unranked'").fetchone() or ("0",)
    tables = ("came", "former", "symbols")
    came, went, total = (connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)
    unranked = int(ranked) + came + went
    if is_new or unranked > total * FEW:
        rank_symbols(connection)
        unranked = 0
    else:
        connection.execute(f"UPDATE symbols SET rank = ifnull(({FORMER}), rank) WHERE id IN (SELECT id FROM came)")
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('unranked', ?)", (str(unranked),))


def rank_symbols(connection: sqlite3.Connection) -> None:
    """Gives every symbol a rank in 0..1; the most central one has 1."""
    nodes = np.fromiter(connection.execute(NODES), [("id", "i8"), ("parent", "i8"), ("weight", "f8"), ("rank", "f8")])
    if not len(nodes):
        return
    new = ranks(nodes, used(connection, nodes["id"]))
    changed = np.flatnonzero(new != nodes["rank"])
    rows = zip(new[changed].tolist(), nodes["id"][changed].tolist(), strict=True)
    connection.execute("BEGIN")
    connection.executemany("UPDATE symbols SET rank = ? WHERE id = ?", rows)
    connection.execute("COMMIT")


def used(connection: sqlite3.Connection, ids: np.ndarray) -> np.ndarray:
    """Uses that are certain: which symbol is used, by which one (as positions in `ids`), how much that weighs."""
    kinds = list(WEIGHTS)
    cases = " ".join(f"WHEN '{kind}' THEN {number}" for number, kind in enumerate(kinds))
    rows = connection.execute(EDGES.replace("kind", f"CASE kind {cases} END", 1))
    edges = np.fromiter(rows, [("to", "i8"), ("by", "i8"), ("kind", "i1")])
    found = np.empty(len(edges), [("to", "i8"), ("by", "i8"), ("weight", "f8")])
    found["to"], found["by"] = np.searchsorted(ids, edges["to"]), np.searchsorted(ids, edges["by"])
    found["weight"] = np.array([WEIGHTS[kind] for kind in kinds])[edges["kind"]]
    return found


def ranks(nodes: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The rank of each node by power iteration, rounded to six places."""
    graph = transitions(nodes, edges)
    jump = nodes["weight"] / nodes["weight"].sum()
    rank = jump.copy()
    for _ in range(ROUNDS):
        flow = graph @ rank
        rank = DAMPING * flow + (1 - DAMPING * flow.sum()) * jump
    rank *= nodes["weight"]
    return np.round(rank / rank.max(), 6)


def transitions(nodes: np.ndarray, edges: np.ndarray) -> csr_matrix:
    """Matrix from the symbol that uses to the symbol used; a column sums to at most how much
    its symbol counts: what a symbol without uses does not pass on goes back to all."""
    child = np.flatnonzero(nodes["parent"])
    parent = np.searchsorted(nodes["id"], nodes["parent"][child])
    rows = np.concatenate([edges["to"], parent, child])
    columns = np.concatenate([edges["by"], child, parent])
    weights = np.concatenate([edges["weight"], np.full(len(child), UP), np.full(len(child), DOWN)])
    graph = csr_matrix((weights, (rows, columns)), shape=(len(nodes), len(nodes)))
    totals = np.asarray(graph.sum(axis=0)).ravel()
    return graph.multiply(nodes["weight"] / np.maximum(totals, 1.0)).tocsr()
