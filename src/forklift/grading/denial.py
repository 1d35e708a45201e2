"""Whether an answer says that what was asked about does not exist, or that it does not know."""

import re
from collections.abc import Iterator
from functools import lru_cache

_CODE = r"(?:`[^`\n]+`|\"[\w.]+\"|(?-i:(?<![\w.])(?=[\w.]*[A-Z_])[\w.]+))"  # as names stand in prose
_THING = (
    r"(?:argument|attribute|class|constant|definition|directory|entity|exception|field|file|folder|function|identifier|"
    r"macro|member|method|module|name|object|option|package|parameter|property|section|struct|symbol|term|thing|type|"
    r"variable)s?"
)
_NAMED = r"(?:named|called|by (?:the|that) name|with (?:the|that) name|(?:of|with|by) this name)"
_NAMED_THING = rf"(?:{_CODE}|(?:\w+ ){{0,2}}{_THING} (?:{_NAMED}|{_CODE}))"
_HERE = (
    r"(?:the|this|that|our|your) (?:\w+ ){0,2}(?:code|code ?base|index|library|package|project|repo|repository|source)"
    r"(?! of\b)"
)
_IT = rf"(?:{_CODE}(?: {_THING})?|\b(?:it|this)\b|\b(?:this|that|the|such an?) (?:\w+ )?{_THING})"
_IS_NOT = r"(?:is|are|was|were)(?:n't| not)"
_DOES_NOT = r"(?:do|does|did)(?:n[o']t| not)"
# "does not exist" of these says that it does exist elsewhere or did at another time.
_ELSEWHERE = (
    r" (?:any ?more|any longer|at|before|by default|on|prior|until|yet|in (?:all|earlier|every|later|memory|newer|"
    r"older|previous|python|release|version|the (?:cache|config|database|dict|environment|file|header|mapping|registry|"
    r"request|response|session|store|table|url)))\b"
)
_DENIALS = (
    # There is no `Stock`. There isn't a class named Stock. There are no functions called ...
    rf"\bthere(?:'s| is| are)(?: no| not an?| not any|n't an?|n't any) {_NAMED_THING}",
    rf"\bthere(?:'s| is| are) no (?:such {_THING}|(?:[\w-]+ ){{1,4}}in {_HERE})",
    # No such class. No class called Stock is known. I found nothing named Stock.
    rf"\bno (?:such {_THING}|{_THING} {_NAMED})(?! or directory)|\bnothing (?:is )?{_NAMED}",
    # `Stock` does not exist. That method doesn't seem to exist.
    rf"{_IT} {_DOES_NOT} (?:seem to |appear to )?(?:exist(?!{_ELSEWHERE})|appear in {_HERE})",
    # The repository does not define `Stock`. `Stock` has no method `sell`.
    rf"{_HERE} (?:\S+ ){{0,2}}{_DOES_NOT} (?:contain|define|have|include|know) (?:an? |any )?{_NAMED_THING}",
    rf"\b(?:{_DOES_NOT} (?:contain|define|have|include) (?:an?|any)|(?:has|have|contains|defines|includes) no)"
    rf" (?:\w+ ){{0,2}}{_THING} (?:{_NAMED}|{_CODE})",
    # `Stock` is not defined anywhere. It isn't part of shop. It could not be found in the repository.
    rf"{_IT} {_IS_NOT} defined(?: anywhere| here| in {_HERE}|(?=[.!]|$))",
    rf"{_IT} {_IS_NOT} (?:an? |any )?(?:member|name|part|symbol) (?:in|of) (?:{_HERE}|(?!an? |any |its? |the )\w)",
    rf"{_IT} (?:{_IS_NOT}|cannot be|could not be) (?:found |present )?(?:anywhere|here|in {_HERE})",
)
_LACKS = re.compile(r"(?:do|has|have|contain|define|include)", re.IGNORECASE)
_OPENING = frozenset("a an it no nothing our such that the there this your".split())
_NEGATION = re.compile(r"\bno|n't\b|\bcannot\b", re.IGNORECASE)  # every denial has one; looked for first, for speed
_DENIAL = re.compile("|".join(_DENIALS), re.IGNORECASE)
_CONDITION = re.compile(
    r"\b(?:because|even though|if|in case|once|unless|until|when|whenever|where|whether|which|while|who)\b[^,;:.]*$",
    re.IGNORECASE,
)
_UNKNOWING = re.compile(
    r"\bI(?: do|')n[o']t know|\bI do not know|\bI(?:'m| am) (?:not (?:aware|certain|familiar|sure)|sorry|unable)"
    r"|\bI (?:can(?:no|')t|could(?: not|n't)) (?:answer|determine|find|say|tell)|\bI have no (?:idea|information)"
    r"|^not (?:aware|familiar|sure)",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTATION = re.compile(
    r"\"(?=[^\"\n]*\s)[^\"\n]*(?:\"|\Z)|“[^”\n]*(?:”|\Z)|^[ \t]*```[\s\S]*?(?:^[ \t]*```|\Z)", re.MULTILINE
)


@lru_cache(maxsize=4096)  # the gold answer of a fact is graded once for each of its wordings
def denies(text: str) -> bool:
    """Whether `text` says that what was asked about does not exist.

    What documentation is quoted to say, what holds only under a condition ("raises `KeyError` if it does not
    exist") and what a thing that exists is said to lack ("takes no parameters") is no denial.
    """
    return any(_denials(text))


def denied(text: str) -> list[str]:
    """What `text` says does not exist, by name: a member with its owner when it is said to be missing there."""
    return [_with_owner(match, name) for match in _denials(text) if (name := _denied(match))]


@lru_cache(maxsize=4096)
def abstains(text: str) -> bool:
    """Whether `text` gives no answer: denies that the thing exists, says it does not know, or is empty."""
    return not text.strip() or denies(text) or bool(_UNKNOWING.search(_QUOTATION.sub('"..."', text)))


def _denials(text: str) -> Iterator[re.Match[str]]:
    """Where `text` denies that something exists, quotations cut out."""
    if _NEGATION.search(text):
        told = _QUOTATION.sub('"..."', text)
        yield from (match for match in _DENIAL.finditer(told) if not _CONDITION.search(_clause(told, match.start())))


def _denied(match: re.Match[str]) -> str:
    """The name in a denial or right behind it ("no class called Stock"), "" for none."""
    said = [name for name in re.findall(_CODE, match[0]) if name.lower() not in _OPENING]
    behind = re.match(r" [`\"]?([A-Za-z_][\w.]*\w)", match.string[match.end() :]) if match[0].endswith("ed") else None
    return behind[1] if behind else said[-1].strip('`"') if said else ""


def _with_owner(match: re.Match[str], name: str) -> str:
    """The name, behind what is said to lack it: "`Stock` has no `sell`", "there is no `sell` in `Stock`"."""
    before = re.findall(_CODE, _clause(match.string, match.start())) if _LACKS.match(match[0]) else []
    behind = re.match(rf"(?: {_THING})? (?:in|of|on) (?:the )?(?:{_THING} )?({_CODE})", match.string[match.end() :])
    owner = (behind[1] if behind else before[-1] if before else "").strip('`"')
    return f"{owner}.{name}" if owner else name


def _clause(text: str, end: int) -> str:
    """What stands before `end` in its sentence, at most 200 characters."""
    return re.split(r"[.!?]\s|\n", text[max(0, end - 200) : end])[-1]
