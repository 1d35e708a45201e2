"""What a question is about: the symbols and files around its words, best first.

Words alone find what is named like the question; what a good answer also names is one or two steps away on the graph
(the class of a method, the caller, the base). So the hits of a search are where a random walk on the graph starts again
and again: personalised PageRank (Haveliwala, "Topic-sensitive PageRank", 2002). Documentation speaks as people ask: the
sections that a search finds are where it starts as well, and it goes from them to the symbols that they mention.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.sparse import csr_matrix, diags

from forklift.index.documents import is_document
from forklift.index.filters import is_aside
from forklift.index.reader import Index
from forklift.index.words import query_words
from forklift.records import Symbol

MOST = 200  # symbols that are told of
MOST_SYMBOLS = 50_000  # of the repository, by rank: the graph of the largest ones ends there
SEEDS = 32  # symbols, and as many sections of documents
DAMPING = 0.85
ROUNDS = 30
MEMBER, FILE = 1.0, 0.5
SECTION, MENTION = 2.0, 0.5  # a section that the words find, beside a symbol; a step to what it mentions
WEIGHTS = {"call": 1.0, "inherit": 1.0, "raise": 0.5, "import": 0.2, "catch": 0.3}
WHOLE = {"class", "struct", "union", "enum", "interface", "trait", "module"}
PART_SHARE = 0.25  # what a part's weight adds to that of the whole it belongs to
META = frozenset(
    """
    architecture approach aspect base basis behaviour behavior built builtin class classes code codebase component
    components concept core define defined defines definition design detail details ensure ensures establish exact
    exist exists explain facilitate feature features file files find flow flows function functions handle handled
    handles handling implement implementation implemented implementing implements important improve instead integrate
    integration interface internally involved library locate located location logic main meaning mechanism method
    methods module modules object objects operate organise organised organize organized overview package part parts
    pattern precise process project provide provided provides purpose reason relate related relation relationship
    repository responsible role source store structure structured support supports symbol system systems tell work
    works
    """.split()
)
"""Words of questions about any code: they say what is wanted to be known, not about what."""
_CAPITALISED = re.compile(r"(?<=[^.?!\s]\s)[`\"']?([A-Z]\w+(?:\.\w+)*)")


@dataclass(frozen=True, slots=True)
class Around:
    """What lies around a question, best first."""

    symbols: Sequence[Symbol]
    wholes: Mapping[int, Symbol]  # by a symbol's id the class or the like that it is a part of; itself when of none
    files: Sequence[str]
    documents: Sequence[str]


@dataclass(frozen=True)
class Graph:
    """Symbols, files and sections of documents, and where a random walk goes from each; columns sum to one."""

    symbols: Sequence[Symbol]
    paths: Sequence[str]
    at: Mapping[int | str, int]  # position of a symbol's id, a path, or a section's id with a minus before it
    steps: csr_matrix
    sections: Mapping[int, str]  # the path of each by its id

    @cached_property
    def ids(self) -> np.ndarray:
        """The ids of the symbols."""
        return np.array([one.id for one in self.symbols], dtype=np.intp)

    @cached_property
    def owners(self) -> np.ndarray:
        """For each symbol the position of the whole that it belongs to: itself, where it is one or belongs to none."""
        parents = (
            self.at.get(one.parent_id) if one.parent_id and one.kind not in WHOLE else None for one in self.symbols
        )
        return np.array([n if parent is None else parent for n, parent in enumerate(parents)], dtype=np.intp)

    def walk(self, seeds: Mapping[int | str, float]) -> np.ndarray:
        """How often a walk is at each node that starts again at `seeds` (weights above zero)."""
        start = np.zeros(len(self.at))
        for node, weight in seeds.items():
            if node in self.at:
                start[self.at[node]] += weight
        if not start.any():
            return start
        start /= start.sum()
        place = start
        for _ in range(ROUNDS):
            place = (1 - DAMPING) * start + DAMPING * (self.steps @ place)
        return place


@lru_cache(maxsize=2)
def graph_of(index: Index) -> Graph:
    """The graph of an index: made once for each that is open."""
    symbols = [one for one in index.symbols() if not one.is_test]
    symbols = sorted(symbols, key=lambda one: (-one.rank, one.id))[:MOST_SYMBOLS]
    paths = sorted(f.path for f in index.files() if not f.is_test and (is_document(f.path) or not is_aside(f.path)))
    sections = index.section_paths()
    nodes: list[int | str] = [*(one.id for one in symbols), *paths, *(-number for number in sections)]
    at = {node: n for n, node in enumerate(nodes)}
    edges: dict[tuple[int, int], float] = defaultdict(float)

    def join(one: int | str | None, other: int | str | None, weight: float) -> None:
        if one in at and other in at and one != other:
            edges[at[one], at[other]] += weight
            edges[at[other], at[one]] += weight

    for one in symbols:
        join(one.id, one.parent_id, MEMBER)
        join(one.id, one.path, FILE)
    for use in index.references():
        if use.target_id is not None:
            join(use.scope_id or use.path, use.target_id, WEIGHTS.get(use.kind, 0.0))
    for number, path in sections.items():
        join(-number, path, FILE)
    for passage in index.passages():
        if passage.symbol_id in at:
            edges[at[passage.symbol_id], at[-passage.section_id]] += MENTION
    size = len(at)
    if not edges:
        return Graph(symbols, paths, at, csr_matrix((size, size)), sections)
    rows, columns = zip(*edges, strict=True)
    matrix = csr_matrix((list(edges.values()), (rows, columns)), shape=(size, size))
    totals = np.maximum(np.asarray(matrix.sum(0)).ravel(), 1e-12)
    return Graph(symbols, paths, at, (matrix @ diags(1 / totals)).tocsr(), sections)


def topic_words(index: Index, question: str) -> list[str]:
    """The words of a question that say what it is about: not those of every question, nor the repository's name."""
    name = index.meta.get("name", "").lower().rstrip("s")
    words = query_words(question)
    telling = [word for word in words if word not in META and word.rstrip("s") != name]
    return telling or words


def around(index: Index, question: str) -> Around:
    """What `question` is about. Deterministic; nothing when no word of it finds anything."""
    graph, words = graph_of(index), topic_words(index, question)
    sections = index.scored_sections(words, SEEDS)
    seeds = _seeds(index, question, words, sections)
    weights = graph.walk(seeds)
    if not weights.any():
        return Around((), {}, (), ())
    symbols, owners = graph.symbols, graph.owners
    own, ids = weights[: len(symbols)], graph.ids
    is_part = owners != np.arange(len(symbols))
    mass = np.bincount(owners, np.where(is_part, PART_SHARE, 1.0) * own, len(symbols))
    best = _heaviest(np.where(is_part, own, mass), ids)[:MOST]
    named = max(best, key=lambda n: seeds.get(symbols[n].id, 0.0), default=-1)
    best.sort(key=lambda n: n != named)  # what the words themselves say comes first
    files = weights[len(symbols) :][: len(graph.paths)]
    return Around(
        [symbols[n] for n in best],
        {symbols[n].id: symbols[owners[n]] for n in best},
        [path for n in _heaviest(files, np.arange(len(files))) if not is_document(path := graph.paths[n])],
        _documents(graph, sections),
    )


def _heaviest(weights: np.ndarray, ties: np.ndarray) -> list[int]:
    """The positions of the weights above zero, the heaviest first, equals by `ties`."""
    found = np.flatnonzero(weights > 0)
    return found[np.lexsort((ties[found], -weights[found]))].tolist()


def _documents(graph: Graph, sections: Sequence[tuple[int, float]]) -> list[str]:
    """The documents of the sections found, those first whose sections weigh most together."""
    weights: dict[str, float] = defaultdict(float)
    for number, score in sections:
        weights[graph.sections[number]] += score
    return sorted(weights, key=lambda path: (-weights[path], path))


def _seeds(
    index: Index, question: str, words: Sequence[str], sections: Sequence[tuple[int, float]]
) -> dict[int | str, float]:
    """Where the walk starts: what the question names, and what a search for its words finds."""
    seeds: dict[int | str, float] = defaultdict(float)
    for name in dict.fromkeys(_CAPITALISED.findall(question)):
        if name.lower() != index.meta.get("name", "").lower():
            for one in index.find(name, 1):
                seeds[one.id] += 1.0
    hits = index.scored(words, SEEDS)
    for number, score in hits:
        seeds[number] += score / hits[0][1]
    for number, score in sections:
        seeds[-number] += SECTION * score / sections[0][1]
    return seeds
