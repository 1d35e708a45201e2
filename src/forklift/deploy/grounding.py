"""Checks the code names of an answer while it comes."""

from forklift.grading import Grounded, ground
from forklift.index import Index


class Grounding:
    """The names of one answer. What `feed` gives is early: `whole` has the last word, on code blocks too."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._text = ""
        self._settled = 0  # characters whose names have been given
        self._in_block = False

    def feed(self, piece: str) -> list[Grounded]:
        """The names that `piece` completes, at their place in the answer."""
        self._text += piece
        if self._in_block or not any(c.isspace() for c in piece):
            return []
        end = max(n for n, c in enumerate(self._text) if c.isspace()) + 1
        part = self._text[self._settled : end]
        if "```" in part or "~~~" in part:
            self._in_block = True
            return []
        if part.count("`") % 2:
            return []  # the end stands between backticks
        start, self._settled = self._settled, end
        return [
            Grounded(name.text, start + name.start, start + name.end, name.location, name.known, name.closest)
            for name in ground(part, self._index)
        ]

    def whole(self) -> list[Grounded]:
        """All names of the answer as far as it has come."""
        return ground(self._text, self._index)
