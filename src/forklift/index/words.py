"""Identifiers, user text and names as people write them: as words, for search and for near names."""

import re
from difflib import SequenceMatcher

PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
TOKEN = re.compile(r"\w+(?:[.]\w+)*")
MARKS = "?!="  # what a name may end in, as in Ruby
STOP = frozenset(
    "a an and are as at be by can do does for from has have how i if in into is it its me my of on or so such "
    "that the their them then there these this to under used uses using was what when where which who why will "
    "with within would you your s t d ll m re ve".split()
)

_LINES = re.compile(r"(:\d+(-\d+)?|#L\d+(-L\d+)?)$")
_MARK = re.compile(rf"(?<=\w)[{MARKS}](?=\(|[`'\"*\s]*$)")
_SEPARATOR = re.compile(r"::|->|#")
_OWN = re.compile(r"^(self|cls|this)\.")


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


def cleaned(mention: str) -> str:
    """A mention without the marks around it: backticks, quotes, arguments, line numbers, punctuation."""
    name = mention.strip().strip("`'\"*").strip()
    name = _LINES.sub("", name.partition("(")[0])
    return name.lstrip("@&").rstrip(",;:!?").removesuffix(".").strip()


def spellings(mention: str) -> tuple[str, ...]:
    """The names that a mention can mean: with the mark that ends it ("empty?"), then without."""
    name = cleaned(mention)
    mark = _MARK.search(mention)
    return (f"{name}{mark[0]}", name) if mark else (name,)


def normal(name: str) -> str:
    """A name with dots between its parts, without a leading self."""
    return _OWN.sub("", _SEPARATOR.sub(".", name).strip("."))


def similarity(one: str, other: str) -> float:
    """0..1, case ignored except to break ties."""
    return SequenceMatcher(None, one.lower(), other.lower()).ratio() + 0.01 * (one[:1] == other[:1])
