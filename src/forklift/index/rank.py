"""How central a definition is: PageRank on the graph of references and containment.

Source: Page, Brin, Motwani, Winograd, "The PageRank citation ranking" (1999), by power iteration.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from forklift.index.filters import is_aside
from forklift.records import Reference, Symbol

DAMPING = 0.85
ROUNDS = 60
WEIGHTS = {"call": 1.0, "inherit": 2.0, "raise": 0.5, "import": 0.3}
UP, DOWN = 0.5, 0.1  # a use of a member is partly one of its class; a class lends little to each member
TEST, ASIDE, PRIVATE, PART = 0.02, 0.15, 0.6, 0.3
PARTS = {"enumerator", "member", "variable"}  # in a class or struct: many, and seldom what one asks for


def ranks(symbols: Sequence[Symbol], references: Sequence[Reference]) -> list[float]:
    """A rank in 0..1 for each of `symbols`, whose ids are 1, 2, 3...; the most central one has 1."""
    if not symbols:
        return []
    damped = np.array([weight(symbol) for symbol in symbols])
    graph = transitions(symbols, references, damped)
    jump = damped / damped.sum()
    rank = jump.copy()
    for _ in range(ROUNDS):
        flow = graph @ rank
        rank = DAMPING * flow + (1 - DAMPING * flow.sum()) * jump
    rank *= damped
    return [float(value) for value in np.round(rank / rank.max(), 6)]


def weight(symbol: Symbol) -> float:
    """How much a symbol counts: tests hardly, examples and parts of other symbols little, private names less."""
    factor = TEST if symbol.is_test else ASIDE if is_aside(symbol.path) else 1.0
    parts = symbol.qualified_name.split(".")
    private = any(part.startswith("_") and not part.endswith("__") for part in parts)
    part = symbol.parent_id is not None and symbol.kind in PARTS
    return factor * (PRIVATE if private else 1.0) * (PART if part else 1.0)


def transitions(symbols: Sequence[Symbol], references: Sequence[Reference], damped: np.ndarray) -> csr_matrix:
    """Matrix from the symbol that uses to the symbol used; a column sums to at most how much
    its symbol counts: what a symbol without uses does not pass on goes back to all."""
    edges = [
        (reference.target_id - 1, reference.scope_id - 1, WEIGHTS[reference.kind])
        for reference in references
        if reference.target_id and reference.scope_id and reference.target_id != reference.scope_id
    ]
    for symbol in symbols:
        if symbol.parent_id:
            edges.append((symbol.parent_id - 1, symbol.id - 1, UP))
            edges.append((symbol.id - 1, symbol.parent_id - 1, DOWN))
    size = len(symbols)
    if not edges:
        return csr_matrix((size, size))
    rows, columns, weights = (np.array(part) for part in zip(*edges, strict=True))
    graph = csr_matrix((weights, (rows, columns)), shape=(size, size))
    totals = np.asarray(graph.sum(axis=0)).ravel()
    return graph.multiply(damped / np.maximum(totals, 1.0)).tocsr()
