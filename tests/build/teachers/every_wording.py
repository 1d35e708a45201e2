"""Full enumeration of what a phrase grammar can say, written independently of the grammar's own expansion."""

import itertools
from collections.abc import Iterator


def every_wording(template: str) -> Iterator[str]:
    """Each choice made in each way; slots stay as they are."""
    parts: list[list[str]] = []
    rest = template
    while rest:
        before, opening, rest = rest.partition("(")
        parts.append([before])
        if not opening:
            break
        inside, rest = _closed(rest)
        alternatives = _split(inside)
        nested = [text for alternative in alternatives for text in every_wording(alternative)]
        parts.append(nested if len(alternatives) > 1 else [f"({text})" for text in nested])
    yield from ("".join(choice) for choice in itertools.product(*parts))


def _closed(text: str) -> tuple[str, str]:
    """What stands before the bracket that closes here, and what follows it."""
    depth = 1
    for at, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0:
            return text[:at], text[at + 1 :]
    raise AssertionError(f"a bracket stays open in {text!r}")


def _split(text: str) -> list[str]:
    """The alternatives of a choice; bars inside nested brackets belong to those."""
    found, depth = [""], 0
    for char in text:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "|" and depth == 0:
            found.append("")
        else:
            found[-1] += char
    return found
