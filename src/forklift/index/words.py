"""Identifiers and user text as words, for search and for near names."""

import re

PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
TOKEN = re.compile(r"\w+(?:[.]\w+)*")
STOP = frozenset(
    "a an and are as at be by can do does for from has have how i if in into is it its me my of on or so such "
    "that the their them then there these this to under used uses using was what when where which who why will "
    "with within would you your s t d ll m re ve".split()
)


def split_identifier(name: str) -> list[str]:
    """The lower-case words of an identifier: "HTTPBasicAuth" as http, basic, auth."""
    return [piece.lower() for piece in PIECE.findall(name)]


def index_words(*texts: str) -> str:
    """Names with their words, as one text to index."""
    found: list[str] = []
    for text in texts:
        for token in re.findall(r"\w+", text):
            pieces = split_identifier(token)
            found += pieces if len(pieces) == 1 else [token.lower(), *pieces]
    return " ".join(found)


def query_words(query: str) -> list[str]:
    """The distinct words of a user's question that can find something, in order."""
    words = index_words(query).split()
    kept = [word for word in words if word not in STOP]
    return list(dict.fromkeys(kept or words))


def code_mentions(query: str) -> list[str]:
    """What looks like code in a user's text: dotted, with an underscore, or with a capital inside."""
    return [token for token in TOKEN.findall(query) if re.search(r"[._]|[a-z][A-Z]|[A-Z]{2}[a-z]", token)]


def trigrams(name: str) -> set[str]:
    """The three-letter pieces of a name with its ends marked, each with its letters sorted: swapped letters, the
    commonest slip, then share most pieces."""
    padded = f"^{name.lower()}$"
    return {"".join(sorted(padded[at : at + 3])) for at in range(max(len(padded) - 2, 1))}
