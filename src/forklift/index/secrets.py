"""Keys, tokens and passwords in a text are withheld before anything is made of it.

The patterns of known kinds are those of detect-secrets (Yelp, Apache-2.0), run offline: nothing is verified with the
service that a key belongs to. They are slow, so they see only lines that hold the beginning of a key, a name that
speaks of one, or a URL with a password.
"""

import re
from collections import Counter
from collections.abc import Iterator
from math import log2
from string import ascii_uppercase

from detect_secrets.filters.heuristic import is_sequential_string, is_templated_secret
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector

WITHHELD = "[secret withheld]"
SHORTEST_KEY = 16
LONGEST_LINE = 2_000  # of a longer one, pieces of this length are looked at one by one
RANDOM_BITS = 2.75  # Shannon entropy per character above which a password is no word

_KINDS = (
    AWSKeyDetector, AzureStorageKeyDetector, DiscordBotTokenDetector, GitHubTokenDetector, GitLabTokenDetector,
    JwtTokenDetector, MailchimpDetector, NpmDetector, OpenAIDetector, PypiTokenDetector, SendGridDetector,
    SlackDetector, SquareOAuthDetector, StripeDetector, TelegramBotTokenDetector,
)  # fmt: skip
_MORE_KINDS = re.compile(
    r"(?<![A-Za-z0-9_])(?:github_pat_\w{60,}|hf_[A-Za-z0-9]{30,}|AIza[\w-]{35}|sk-(?:ant|proj)-[\w-]{24,}"
    r"|ya29\.[\w-]{20,}|(?:AC|SK)[0-9a-f]{32}|dop_v1_[0-9a-f]{64}|npm_[A-Za-z0-9]{36})(?![A-Za-z0-9])"
)
_PATTERNS = (*(pattern for kind in _KINDS for pattern in kind.denylist), _MORE_KINDS)
_REST = re.compile(r"[\w-]{0,400}(?:\.[\w-]{20,400})?")
_PRIVATE_KEY = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)"
    r"((?:[\s\"'+,;\\#*/]|\\n|\b(?:Proc-Type|DEK-Info|Comment|Version):[^\n]*)*[A-Za-z0-9+/=\s\"',;\\#*-]{40,}?)"
    r"(?=-----END|\Z|\n\s*\n)"
)
_BEGINNINGS = (
    "A3T ABIA ACCA AKIA ASIA ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ eyJ sk- AccountKey= _authToken k_live_ SG. xox xapp- "
    "hooks.slack.com sq0csp- glpat- gldt- glft- glsoat- glrt- pypi-Ag AIza hf_ npm_ ya29. dop_v1_ -us1 -us2"
).split()
_NAMES = "passw passphrase pwd secret token credential key".split()
_VALUE_AFTER = re.compile(r"\w{0,40}[\"'\])]{0,2}\s{0,8}(?:=|:|,)|[^\n]{0,40}\d{8}")
_NAMED = re.compile(
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|credential|(?:api|auth|access|private|service|account|"
    r"client|secret|signing|encryption)[_-]?key)\w{0,40}[\"'\])]{0,2}\s{0,8}(?:(?P<comma>,)|=>|:=|[:=])\s{0,8}"
    r"(?:[brufBRUF]{0,2}(?P<quote>[\"'`])(?P<quoted>[^\"'`\s]{8,200})(?P=quote)"
    r"|(?P<bare>[^\s\"'`,;(){}\[\]<>]{12,200})(?=[\s,;]|\Z))",
    re.IGNORECASE,
)
_USERINFO = re.compile(
    r"(?<=://)(?P<user>[^\s/:@\"'`<>{}$%\[\]]{1,80}):(?P<password>[^\s/:@\"'`<>{}$\[\]]{6,120})(?=@)"
)
_MADE_UP = re.compile(r"EXAMPLE|xxxx|\*\*\*|\.\.\.", re.IGNORECASE)
_EXAMPLE = re.compile(
    r"example|sample|placeholder|dummy|change[_-]?me|your|xxx|\*\*\*|\.\.\.|password|passwd|secret|token|test|foo|"
    r"todo|none|null|insert|redacted|withheld|fake|mock|invalid|12345",
    re.IGNORECASE,
)
_LOWER = {ord(capital): capital.lower() for capital in ascii_uppercase}
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z]*\d{0,5}(?:[_.-]+[A-Za-z]*\d{0,5})*")


def redact(text: str) -> str:
    """The text with every secret in it replaced by WITHHELD; its line breaks stay where they are."""
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub(lambda found: found[1] + _same_lines(found[2]), text)
    spans = _suspicious_lines(text)
    if not spans:
        return text
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], _without_secrets(text[start:end])]
        at = end
    return "".join([*pieces, text[at:]])


def has_secret(text: str) -> bool:
    """Whether a secret stands in the text."""
    return redact(text) != text


def count_withheld(text: str) -> int:
    """How many secrets were taken out of a redacted text."""
    return text.count(WITHHELD)


def _same_lines(key: str) -> str:
    """What stands for a private key: a mark and as many line breaks."""
    return f"{WITHHELD}{key.count(chr(10)) * chr(10)}"


def _suspicious_lines(text: str) -> list[tuple[int, int]]:
    """Start and end of the lines that may hold a secret, in order; of a very long line, of a piece of it."""
    spans: list[tuple[int, int]] = []
    for place in sorted(_suspicious_places(text)):
        if spans and place < spans[-1][1]:
            continue
        floor = max(spans[-1][1] if spans else 0, place - LONGEST_LINE // 2)
        start = max(text.rfind("\n", 0, place) + 1, floor)
        line_end = text.find("\n", place)
        spans.append((start, min(len(text) if line_end < 0 else line_end, start + LONGEST_LINE)))
    return spans


def _suspicious_places(text: str) -> Iterator[int]:
    """Plain searches for words: a hundred times as fast as the patterns."""
    for beginning in _BEGINNINGS:
        yield from _finds(text, beginning)
    lower = text.lower()
    if len(lower) != len(text):  # a capital whose small letter takes two characters
        lower = text.translate(_LOWER)
    for name in _NAMES:
        yield from (at for at in _finds(lower, name) if _VALUE_AFTER.match(text, at + len(name)))
    yield from (at for at in _finds(text, "://") if _USERINFO.match(text, at + 3))


def _finds(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


def _without_secrets(line: str) -> str:
    """One line, or piece of one, without its secrets; the longest go first, as one may hold another."""
    for secret in sorted(set(_secrets(line)), key=len, reverse=True):
        line = line.replace(secret, WITHHELD)
    return line


def _secrets(line: str) -> Iterator[str]:
    for pattern in _PATTERNS:
        yield from (secret for found in pattern.finditer(line) if not _MADE_UP.search(secret := _whole(found)))
    for named in _NAMED.finditer(line):
        value = named["quoted"] or named["bare"]
        if _is_random(value, bool(named["bare"])) and not (named["bare"] and named["comma"]):
            yield value
    yield from (found["password"] for found in _USERINFO.finditer(line) if _is_random(found["password"], False))


def _whole(found: re.Match[str]) -> str:
    """What a pattern found of a key: the group that holds it, if one does, and the rest of its last word."""
    group = max(range(len(found.groups()) + 1), key=lambda n: (n > 0 and len(found[n] or "") >= SHORTEST_KEY, -n))
    start, end = found.span(group)
    return found.string[start : _REST.match(found.string, end).end()]  # type: ignore[union-attr]


def _is_random(value: str, bare: bool) -> bool:
    """Whether the value of something called a password is one: no word, no placeholder, no name of a variable."""
    if _is_example(value) or re.fullmatch(r"[\w.]*\(.*|https?://.*|[/~.$%&].*|[A-Za-z]+|[\d.,:-]+", value):
        return False
    kinds = sum(bool(re.search(kind, value)) for kind in (r"[a-z]", r"[A-Z]", r"\d", r"[^\w./:-]"))
    if bare and (_IDENTIFIER.fullmatch(value) or not re.fullmatch(r"[\w+/=.~-]{16,}", value)):
        return False
    return kinds >= 2 and bool(re.search(r"\d|[^\w./:-]", value)) and _entropy(value) > RANDOM_BITS


def _entropy(value: str) -> float:
    """Shannon entropy in bits per character."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * log2(share) for share in shares)


def _is_example(value: str) -> bool:
    return bool(_EXAMPLE.search(value)) or is_templated_secret(value) or is_sequential_string(value)
