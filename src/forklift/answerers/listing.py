"""Plain search as an answer: no model, only the headers of what BM25 finds."""

from collections.abc import Callable

from forklift.index import Index

MOST_HITS = 200


def list_hits(index: Index, question: str, max_tokens: int, count_tokens: Callable[[str], int]) -> str:
    """The symbols that the question speaks of, best first, "path: name" one a line, as many as `max_tokens` hold."""
    hits = index.search(question, min(MOST_HITS, max_tokens))
    lines: list[str] = []
    used = 0
    for line in dict.fromkeys(f"{hit.path}: {hit.qualified_name}" for hit in hits):
        used += count_tokens(f"{line}\n")
        if lines and used > max_tokens:
            break
        lines.append(line)
    return "\n".join(lines)
