"""Code names in plain prose: only what cannot be English."""

import keyword
import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["symbol", "path", "option", "local"]


@dataclass(frozen=True, slots=True)
class Mention:
    """One code name in a text: text[start:end] == text."""

    text: str
    start: int
    end: int
    kind: Kind  # local: a name that the code in the text makes itself, so nothing is claimed about it


# Values and keywords look like names and name nothing.
NO_NAMES = frozenset(keyword.kwlist) | frozenset("null nil nullptr true false undefined".split())

EXTENSIONS = (
    "py pyi pyx c h cc cpp cxx hh hpp js jsx ts tsx go rs java rb cs php sh md rst txt toml cfg ini json "
    "ya?ml html css sql lock in mk cmake S"
).replace(" ", "|")
FILE = rf"(?:[\w.+-]+/)*[\w+-][\w.+-]*\.(?:{EXTENSIONS})"
_DIRECTORY = (
    r"(?:[\w.+-]+/){2,}(?![\w+-])|(?:src|lib|tests|docs|examples|scripts)/(?:[\w.+-]+/)*(?:[\w.+-]*\w)?"
    r"|(?:app|arch|cmd|drivers|include|internal|kernel|native|pkg|test|tools)/(?:[\w.+-]+/)+[\w.+-]*\w"
)
_FROM_ROOT = r"/(?:[\w.+-]+/)+[\w.+-]+\.(?:py|c|h|cc|cpp|hpp|rs|go|java|rb|php)"
PATH = rf"(?:\.{{1,2}}/)?(?:{FILE}|{_DIRECTORY})|{_FROM_ROOT}"

_DOTTED = r"(?:[A-Za-z_]\w+|[a-z](?=->|::|\.[a-z_]{3}))(?:(?:\.|->|::)[A-Za-z_]\w*)+"
CAMEL = r"[A-Z][A-Z0-9]*[a-z]\w*[A-Z]\w*|[A-Z][A-Z0-9]+[a-z]{2}\w*|[a-z][a-z0-9]*[A-Z]\w*"
SNAKE = r"_*[A-Za-z][A-Za-z0-9]*(?:_+[A-Za-z0-9]+)+_*|__?[A-Za-z]\w*"
_CALL = r"""[A-Za-z_]\w+(?=\((?:\)|\w{0,40}[,=._"'*&:\d]))"""
_ARGUMENT = r"""[A-Za-z_]\w+(?==(?:True|False|None|true|false|\d|["'({\[]))"""
_DECORATOR = r"(?<=@)(?:property|staticmethod|classmethod|dataclass|abstractmethod|overload|cached_property)\b"
# What words around it tell to be a name: "raises Timeout", "a Command object"; and C functions that are no English.
_TOLD = (
    r"(?:(?<=\braises )|(?<=\braise )|(?<=\braised )|(?<=\binherits from )|(?<=\bderives from )|(?<=\bderive from )"
    r"|(?<=\bsubclass of )|(?<=\binstance of )|(?<=\bbase class )|(?<=\bthe class )|(?<=\bclass is ))[A-Z][a-z]{2,}\b"
    r"|(?:(?<=\ba )|(?<=\ban )|(?<=\bthe ))[A-Z][a-z]{2,}(?= (?:class|exception|instance|object)\b)"
)
_C_FUNCTION = (
    r"(?:[cm]|re)alloc|(?:mem|strn?|wcs)(?:cat|chr|cmp|cpy|dup|len|move|set|str|tok)|v?(?:f|sn?)?printf|[fs]scanf"
)
_SHAPED = rf"(?:{_DOTTED}|{SNAKE}|{CAMEL})"
_MARK = r"[?!](?![?!\w]|\s+[A-Z])"  # Ruby's names may end so, a sentence before another one too

_NOTHING = "|".join(
    (
        r"\b(?:[a-z]+\+)?(?:https?|ftp|file|git|ssh)://\S+|\bwww\.\S+",
        r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+",
        r"(?<![\w.-])(?:[\w-]+\.)+(?:com|org|net|edu|gov|(?<=readthedocs\.)io|(?<=github\.)io)\b(?:/\S*)?",
        r"(?<![\w/.])~?/(?:etc|usr|tmp|var|home|opt|dev|proc|sys)/\S*|(?<!\w)~/\S+|\b[A-Z]:\\\S+",
        r"\b(?:e\.g|i\.e|etc|vs|cf|al)\.",
        r"(?<!\w)_(?=[A-Za-z])[^_\n]{1,80}(?<![\s_])_(?!\w)",  # _emphasis_
    )
)
# What starts inside a run of the characters of a path is no path: this keeps the search linear in long runs.
_PROSE = re.compile(
    rf"(?:{_NOTHING})|(?<![\w.+/-])(?P<path>{PATH})(?![\w/])|(?<![\w.])v?\d[\w.]*"
    rf"|(?<![\w-])(?P<option>--[A-Za-z][\w-]*\w)|(?:\$\{{?|(?<!\S)-D)(?P<variable>[A-Z][A-Z0-9_]+)|(?P<decorator>{_DECORATOR})"
    rf"|(?<![\w.\\?&<])(?<!\w-)@?(?P<symbol>{_SHAPED}(?:{_MARK})?|{_CALL}|{_ARGUMENT}|{_TOLD}|{_C_FUNCTION})(?!\w|/(?!{_SHAPED}(?![\w/])))"
)

# Names of products, units and styles that look like identifiers and name no code.
_PROPER_NOUNS = frozenset(
    "Python Java Ruby Rust Linux Unix Windows Unicode GitHub GitLab BitBucket JavaScript TypeScript CoffeeScript "
    "PyPI OpenAI ChatGPT SQLite PostgreSQL MySQL MariaDB MongoDB DynamoDB YouTube LinkedIn StackOverflow LaTeX "
    "iOS iPhone iPad macOS MacOS FreeBSD OpenBSD NetBSD DevOps NumPy SciPy PyTorch TensorFlow PyCharm PySocks "
    "PyPy CPython CMake FastAPI GraphQL OAuth OAuth1 OAuth2 OpenID OpenAPI OpenSSL LibreSSL GnuTLS WebSocket "
    "WebSockets jQuery gRPC eBay PowerShell WordPress RabbitMQ uWSGI mod_wsgi CircleCI HuggingFace IntelliJ "
    "VSCode ReadTheDocs UnitTest PhD Ph.D Node.js Vue.js Next.js React.js D3.js Express.js Socket.io ASP.NET "
    "HTTPs WiFi mTLS vCPU vCPUs sRGB kB kHz MHz GHz dB mV mA mW kW kWh pH KiB MiB GiB TiB WebAssembly x86_64 "
    "CamelCase camelCase PascalCase snake_case".split()
)


def prose_mentions(text: str, start: int, end: int) -> list[Mention]:
    """The code names in text[start:end], read as prose, in order."""
    found: list[Mention] = []
    for match in _PROSE.finditer(text, start, end):
        group = match.lastgroup
        if group is None or not _is_name(match[group]):
            continue
        if text[match.start() - 1 : match.start()] == "/" and not (found and found[-1].end == match.start() - 1):
            continue  # "HTTPAdapter/Session" are two names, "/users/user_id" is none
        kind: Kind = "path" if group == "path" else "option" if group == "option" else "symbol"
        found.append(Mention(match[group], match.start(group), match.end(group), kind))
    return found


def _is_name(name: str) -> bool:
    """Whether what looks like a name is more than a product, a keyword or an index of mathematics ("x_1")."""
    return name not in _PROPER_NOUNS and name not in NO_NAMES and not re.fullmatch(r"[A-Za-z]_\w|Mc[A-Z][a-z]+", name)
