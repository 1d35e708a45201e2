"""Texts that people wrote about changes, as plain prose about code: no names, addresses, handles or trailers.

Every text of the history, the change logs and the notes in documentation comes through `plain_sentences`: what has
to be kept out of facts, people and secrets alike, is kept out here.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from forklift.index.secrets import redact
from forklift.index.words import STOP, split_identifier

MOST_CHARS = 300
LONGEST_TEXT = 5_000  # what follows is not looked at
SHORTEST_NAME = 3
ORDINARY = frozenset("github gitlab web dev bot admin root user team app code data test python ruby node rust".split())
ORDINARY_FROM = 2  # messages that use a word in lower case: "will" is then no name

_URL = re.compile(r"\s*\((?:https?|ftp)://[^()\s]*\)|<?\b(?:https?|ftp|git|ssh)://\S+|\bwww\.\S+")
_REFERENCE = re.compile(
    r"\s*[(\[](?:(?:gh|issue|issues|pr|fixes|closes|refs?|see)?[\s:,-]*#\d+[\s,]*)+[)\]]"
    r"|\s*[:{](?:issue|pr|gh|ghpr|pull|commit|bpo)[:}]`[^`\n]*`"
    r"|,?\s*(?:see\s*)?\[#?[\w ]*\d+\]\([^)\s]*\)|,? see [0-9a-f]{7,40}\b",
    re.IGNORECASE,
)
_ROLE = re.compile(r"(?::[\w:+.-]+:|\{[\w:+.-]+\})`~?!?\.?([^`<]+?)(?:\s*<[^>]*>)?`")
_USER = re.compile(r"[:{](?:user|author|ghuser|github_user)[:}]`@?", re.IGNORECASE)
_LINK = re.compile(r"\[([^\]\n]+)\](?:\([^)\s]*\)|\[[^\]\n]*\])|`([^`<\n]+) <[^`>\n]*>`_+")
_CODE = re.compile(r"``([^`\n]+)``")
_TRAILER = re.compile(r"^\s*[A-Z][A-Za-z]*(?:-[A-Za-z]+)+:\s|^\s*\(?(?:cherry[ -]picked|cherry-pick) ")
_TICKET = re.compile(
    r"^\W*(?:this )?reverts commit \w+\W*$"
    r"|^\W*(?:this )?(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|refs?|see|bug|issue|pr|gh)\b[\s:,#-]*\d[\d\s,#and-]*\W*$",
    re.IGNORECASE,
)
_TICKETS_AFTER = re.compile(
    r"[\s,;:(-]*(?:(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|refs?|see)\s+)?#\d+\)?[.!]?$", re.IGNORECASE
)
_ASIDE_LINE = re.compile(
    r"^\s*(?:[*+-] |\d+[.)] |>|\$ |```|~~~|#|\||git-svn-id|Conflicts:|Squashed |Merge )|^(?: {4}|\t)"
)
_UNFINISHED = re.compile(r"(?:^|(?<=[.!?]) )[^.!?]*(?:[.!?](?!\s|$)[^.!?]*)*(?<![.!?)])$")  # goes on in code or a list
_SENTENCE = re.compile(r"(?<=[\w)`'\"])[.!?](?=\s|$)\s*")
_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.\w"  # an address
    r"|(?<![\w`.@/])@[A-Za-z][\w-]*"  # a handle
    r"|\b(?i:thank(?:s|ed|ful)?|thx|kudos|credits?|courtesy|props|hat tip|h/t|signed[- ]off|"
    r"co-?authored|reviewed|reported|suggested|contributed|submitted|authored|written|patch(?:es)? (?:by|from)|"
    r"pull request(?:s)? (?:by|from))\b(?=[^.]*\b(?i:by|to|from|for)\b)"
    r"|\b[Bb]y [A-Z][\w.'-]+|\b[A-Z][a-z]+'s (?i:patch|fix|change|comment|suggestion|idea|review|pull|pr|commit|work)\b"
    r"|^(?:Merge|Pull) (?:branch|pull|request|remote|tag)\b|(?i:\bmaintainers?\b.*:)"
)
_CAPITALISED = re.compile(r"(?<=[\w,;:)] )([A-Z][a-z]{2,}) (?:[A-Z]\. )?([A-Z][a-z]{2,})\b")
_WORD = re.compile(r"[^\W_][\w'-]*")


@dataclass(frozen=True, slots=True)
class People:
    """Who must not be named: words that only names have, whole names, and the words that the code itself uses."""

    words: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    vocabulary: frozenset[str] = field(default=frozenset())


def people_of(identities: Iterable[str], messages: Iterable[str], identifiers: Collection[str]) -> People:
    """The people behind `identities` (names and addresses of authors).

    A part of a name that people write in lower case, or that is a word of an identifier, is no name by itself.
    """
    vocabulary = frozenset(piece for name in identifiers for piece in split_identifier(name))
    lower = Counter(word for text in messages for word in set(_WORD.findall(text)) if word.islower())
    words: set[str] = set()
    names: set[str] = set()
    for identity in set(identities):
        name = identity.partition("@")[0].partition("+")[2] or identity.partition("@")[0]
        parts = [part for part in re.split(r"[\s,()<>\"\[\]]+", name.strip()) if len(part) >= SHORTEST_NAME]
        if len(parts) > 1:
            names.add(" ".join(parts).lower())
        words.update(part for part in parts if not _is_ordinary(part, vocabulary, lower))
    return People(frozenset(words), frozenset(names), vocabulary)


def _is_ordinary(part: str, vocabulary: frozenset[str], lower: Counter[str]) -> bool:
    word = part.lower()
    if word in STOP or word in ORDINARY or not word[0].isalpha():
        return True
    return word in vocabulary or (not part.islower() and lower[word] >= ORDINARY_FROM)


def plain_sentences(text: str, people: People, most_chars: int = MOST_CHARS) -> str:
    """The sentences of `text` that speak of no person, as one line without markup, at most `most_chars` long."""
    text = _USER.sub("@", redact(text[:LONGEST_TEXT]))
    text = _LINK.sub(lambda found: found[1] or found[2], _REFERENCE.sub("", text))
    text = _CODE.sub(r"`\1`", _ROLE.sub(r"`\1`", _URL.sub("", text)))
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    kept: list[str] = []
    for sentence in sentences(text):
        sentence = _TICKETS_AFTER.sub("", sentence)
        if not sentence or _TICKET.match(sentence) or names_somebody(sentence, people):
            continue
        if kept and len(" ".join([*kept, sentence])) > most_chars:
            break
        kept.append(sentence)
    joined = re.sub(r"\s+\(\s*\)", "", " ".join(kept))  # of a reference that was taken out
    return joined if len(joined) <= most_chars else joined[:most_chars].rsplit(" ", 1)[0].rstrip(",;:") + "..."


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text of one line, each with the mark that ends it."""
    start = 0
    for end in _SENTENCE.finditer(text):
        before, after = text[start : end.start()], text[end.end() : end.end() + 1]
        if re.search(r"\b(?:e\.g|i\.e|vs|cf)$", before) or (before.endswith("etc") and not after.isupper()):
            continue
        yield text[start : end.end()].strip()
        start = end.end()
    if text[start:].strip():
        yield text[start:].strip()


def names_somebody(sentence: str, people: People) -> bool:
    """Whether a sentence has an address, a handle, thanks, or the name of somebody."""
    if _PERSONAL.search(sentence):
        return True
    words = _WORD.findall(sentence)
    if not people.words.isdisjoint(words) or not people.words.isdisjoint(word.removesuffix("'s") for word in words):
        return True
    if any(
        first.lower() not in people.vocabulary and second.lower() not in people.vocabulary
        for first, second in _CAPITALISED.findall(sentence)
    ):
        return True
    spoken = " ".join(words).lower()
    return any(name in spoken for name in people.names if " " in name) if len(people.names) < 5_000 else False


def subject_of(message: str, people: People) -> str:
    """The first line of a commit's message; "" when it names somebody or says nothing."""
    first = re.sub(r"\s*\(#\d+\)\s*$", "", message.strip().partition("\n")[0])
    text = plain_sentences("" if first.endswith(":") else first, people, 200)
    return text if re.search(r"[A-Za-z]{3}", text) and not text.startswith("Squashed ") else ""


def reason_of(message: str, people: People) -> str:
    """The first paragraph of prose in the body of a commit's message that speaks of no person; "" for none."""
    body = message.strip().partition("\n")[2].replace("\r", "")
    for paragraph in re.split(r"\n\s*\n", body):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        if not lines or any(_TRAILER.match(line) or _ASIDE_LINE.match(line) for line in lines):
            continue
        text = plain_sentences(" ".join(line for line in lines if not _TICKET.match(line)), people)
        whole = _UNFINISHED.sub("", text).strip()
        if len(whole.split()) > 3 and "**" not in whole:
            return "" if whole[0].islower() else whole  # what goes on from the subject
    return ""
