"""Why a file is left out of the index."""

import re
from pathlib import PurePosixPath

from forklift.config import BuildConfig

HEAD_BYTES, TAIL_BYTES = 4_000, 300
VENDORED = {"vendor", "third_party", "thirdparty", "_vendor", "node_modules", "bower_components", "vendored"}
LOCKS = {
    "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "uv.lock",
    "pdm.lock", "pipfile.lock", "cargo.lock", "gemfile.lock", "composer.lock", "flake.lock", "go.sum",
    "bun.lock", "mix.lock", "pubspec.lock",
}  # fmt: skip
SECRET = re.compile(
    r"(^|/)(\.env(\.(?!example|sample|template).*)?|id_(rsa|dsa|ecdsa|ed25519)|.*\.(pem|key|p12|pfx|jks|keystore))$"
)
PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]")
GENERATED = re.compile(
    rb"^\s*(?:#|//|/?\*|--|;|%|<!--|\"\"\"|dnl|\.\\\")[^\n]*"
    rb"(?:@generated\b|\bDO NOT (?:EDIT|MODIFY)\b|[Aa]utomatically generated\b|[Aa]uto-?generated (?:file|by)\b)",
    re.MULTILINE,
)
BUILT = re.compile(rb"^(?://|/\*)# sourceMappingURL=", re.MULTILINE)  # at the end of what was compiled or bundled
TESTS = re.compile(
    r"(^|/)([Tt]ests?|testing|testdata|__tests__|__mocks__|spec|specs|[^/]*[.][Tt]ests?)/"
    r"|(^|/)(test_[^/]*|[^/]*_tests?|conftest|[^/]*[.]test(?:-d)?|[^/]*[.]spec|[^/]*_spec)\.\w+$|(^|/)tests?\.(rs|c|cc|cpp|[cm]?[jt]sx?)$"
    r"|(^|/)[A-Z]\w*Test(?:s|Case)?\.(cs|java|php|swift|scala|kt|groovy)$"
)
ASIDE = re.compile(r"(^|/)(docs?|examples?|samples?|demos?|benchmarks?|bench|scripts?|tools?)/|(^|/)setup\.py$")


def unwanted_path(path: str, size_bytes: int, config: BuildConfig) -> str:
    """The reason to leave a file out that its path and size give, "" for none."""
    parts = path.split("/")
    name = parts[-1].lower()
    if VENDORED.intersection(part.lower() for part in parts[:-1]):
        return "vendored"
    if SECRET.search(path):
        return "secret"
    if name in LOCKS:
        return "generated"
    if re.search(r"[.-]min\.(js|css|mjs)$|\.(js|css)\.map$", name):
        return "minified"
    return "too large" if size_bytes > config.max_file_bytes else ""


def unwanted_content(path: str, content: bytes, config: BuildConfig) -> str:
    """The reason to leave a file out that its content gives, "" for none."""
    if b"\0" in content:
        return "binary"
    if is_not_text(content):
        return "not text"
    if len(content) > config.max_line_bytes * (content.count(b"\n") + 1):
        return "minified"
    if PRIVATE_KEY.search(content) and PurePosixPath(path).suffix not in (".py", ".c", ".h", ".md", ".rst"):
        return "secret"
    is_generated = GENERATED.search(content[:HEAD_BYTES]) or BUILT.search(content[-TAIL_BYTES:])
    return "generated" if is_generated else ""


def is_not_text(content: bytes) -> bool:
    """Whether more than a tenth of the head is neither UTF-8 nor printable."""
    head = content[:HEAD_BYTES].decode("utf-8", "replace")
    odd = sum(1 for char in head if char == "\ufffd" or (char < " " and char not in "\n\r\t\f\v\x1b"))
    return odd > len(head) / 10


def is_test(path: str) -> bool:
    """Whether a file tests rather than does."""
    return bool(TESTS.search(path))


def is_aside(path: str) -> bool:
    """Whether a file is documentation, an example or packaging rather than the thing itself."""
    return bool(ASIDE.search(path))
