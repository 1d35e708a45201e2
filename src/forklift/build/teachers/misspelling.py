"""Words misspelt as fingers do it. The slips of training and of tests are disjoint."""

import random
from collections.abc import Callable, Collection, Sequence

SHORTEST = 5  # letters: in shorter words a slip leaves too little
NEIGHBOURS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")  # rows of the keyboard

Slip = Callable[[str, random.Random], str]


def _dropped(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1 :]


def _swapped(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _doubled(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word))
    return word[:at] + word[at] + word[at:]


def _beside(word: str, rng: random.Random) -> str:
    """A letter replaced by its neighbour on the keyboard."""
    at = rng.randrange(1, len(word))
    row = next((row for row in NEIGHBOURS if word[at] in row), "")
    place = row.find(word[at])
    return word[:at] + row[place + 1 if place + 1 < len(row) else place - 1] + word[at + 1 :] if row else word


TRAINING_SLIPS: Sequence[Slip] = (_dropped, _swapped, _doubled)
TEST_SLIPS: Sequence[Slip] = (_beside,)


def misspelt(words: Sequence[str], slips: Sequence[Slip], real: Collection[str], rng: random.Random) -> tuple[str, str]:
    """The longest of the words, and that with a slip; twice "" where none is long, or every try gives one in `real`."""
    word = max((each for each in words if each.isalpha()), key=len, default="")
    for _ in range(4 if len(word) >= SHORTEST else 0):
        wrong = rng.choice(slips)(word, rng)
        if wrong != word and wrong not in real:
            return word, wrong
    return "", ""
