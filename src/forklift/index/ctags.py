"""Definitions by Universal Ctags, for the languages that have no syntax module.

One process in interactive mode reads contents from its standard input under made-up file names, so the names and
links of a repository never reach it. It reads no options from files or the environment.
"""

import fnmatch
import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import PurePosixPath
from threading import Timer
from typing import Any

from forklift.errors import IndexingError
from forklift.index.syntax.model import Definition

TIME_LIMIT_S = 10.0
ARGUMENTS = ("--_interactive", "--output-format=json", "--fields=+nksSafel-P", "--extras=-q")
INSTALL = "install Universal Ctags: apt-get install universal-ctags (macOS: brew install universal-ctags)"

# ctags' own guess for *.h is C++, which tree-sitter-c does not read; see `language_of`
PROSE = frozenset(
    "asciidoc bibtex css ctags dbusintrospect diff dtd glade html iniconf javaproperties json man markdown maven2 "
    "passwd plistxml pod pythonloggingconfig qemuhx relaxng restructuredtext rpmspec scss svg systemdunit tex "
    "txt2tags xml xslt yaml yumrepo".split()
)
MORE = {".cjs": "javascript", ".ipp": "c++", ".tpp": "c++", ".rake": "ruby", ".gemspec": "ruby"}
SHEBANGS = {
    "python": "python",
    "sh": "sh",
    "bash": "sh",
    "zsh": "sh",
    "dash": "sh",
    "ksh": "sh",
    "perl": "perl",
    "ruby": "ruby",
    "node": "javascript",
    "php": "php",
    "lua": "lua",
    "awk": "awk",
    "Rscript": "r",
    "tclsh": "tcl",
}
KINDS = {
    "func": "function",
    "subroutine": "function",
    "procedure": "function",
    "proc": "function",
    "getter": "property",
    "setter": "property",
    "field": "member",
    "enumConstant": "enumerator",
    "enumconst": "enumerator",
    "const": "constant",
    "var": "variable",
    "singletonMethod": "method",
    "talias": "typedef",
    "alias": "typedef",
    "type": "typedef",
}
NAME = re.compile(r"(?!.*__anon)[^\n]{0,150}[^\W\d][^\n]{0,150}")
NO_KINDS = {"heredoc", "label", "script", "local", "unknown", "packageName", "header", "selector", "id"}
SEPARATOR = re.compile(r"::|[./#\\]")


@cache
def program() -> str:
    """The path of Universal Ctags. Raises IndexingError when it is missing or another ctags."""
    for name in ("ctags-universal", "ctags", "uctags"):
        path = shutil.which(name)
        if path and "interactive" in _output(path, "--list-features"):
            return path
    raise IndexingError(f"no Universal Ctags with JSON and interactive mode on PATH: {INSTALL}")


def _output(path: str, *arguments: str) -> str:
    command = [path, "--options=NONE", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


@cache
def maps() -> tuple[tuple[str, str], ...]:
    """(pattern, language) of every file name that ctags knows, in its order."""
    lines = [line.split() for line in _output(program(), "--list-maps").splitlines()]
    return tuple((pattern, words[0].lower()) for words in lines if words for pattern in words[1:])


@cache
def extensions() -> dict[str, str]:
    """Extension -> language, for the patterns that are only that. The first language wins."""
    found: dict[str, str] = {}
    for pattern, language in maps():
        if re.fullmatch(r"\*\.[\w+-]+", pattern) and not language.startswith("old"):
            found.setdefault(pattern[1:], language)
    return (
        found | {".h": "c", ".pyi": "python", ".tsx": "typescript", ".cts": "typescript", ".mts": "typescript"} | MORE
    )


@cache
def whole_names() -> tuple[tuple[str, str], ...]:
    """(pattern, language) for names such as Makefile."""
    return tuple((pattern, language) for pattern, language in maps() if not pattern.startswith("*."))


def language_of(path: str, head: bytes = b"") -> str:
    """The language of a file by its name, or by the '#!' line in `head`; "" when unknown, lower case."""
    name = PurePosixPath(path)
    found = extensions().get(name.suffix) or extensions().get(name.suffix.lower(), "")
    if not found:
        found = next((lang for pattern, lang in whole_names() if fnmatch.fnmatchcase(name.name, pattern)), "")
    return found or shebang(head)


def shebang(head: bytes) -> str:
    """The language of a script by its first line."""
    if not head.startswith(b"#!"):
        return ""
    line = head.split(b"\n", 1)[0].decode("ascii", "replace")
    words = [PurePosixPath(word).name for word in line[2:].split() if not word.startswith("-")]
    program_name = words[1] if words[:1] == ["env"] and len(words) > 1 else next(iter(words), "")
    return SHEBANGS.get(re.sub(r"[\d.]+$", "", program_name), "")


def is_code(language: str) -> bool:
    """Whether files of this language define symbols for us."""
    return bool(language) and language not in PROSE


@cache
def safe_name(language: str) -> str:
    """A made-up file name that ctags takes for `language`; "" when there is none."""
    for extension, known in extensions().items():
        if known == language:
            return f"file{extension}"
    for pattern, known in whole_names():
        if known == language:
            return re.sub(r"\[(.).*?\]", r"\1", pattern).replace("*", "")
    return ""


class Ctags:
    """A running ctags; use as a context manager. Restarts itself after a file that hangs or crashes it."""

    def __init__(self, time_limit_s: float = TIME_LIMIT_S) -> None:
        self.time_limit_s = time_limit_s
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Ctags":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the process, if one runs."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def tags(self, language: str, content: bytes) -> list[dict[str, Any]] | None:
        """The tags of one file's content. None when ctags hung or died on it."""
        name = safe_name(language)
        if not name or not content:
            return []
        process = self._running()
        timer = Timer(self.time_limit_s, process.kill)
        timer.start()
        try:
            return list(_answers(process, name, content))
        except (OSError, ValueError):
            self.stop()
            return None
        finally:
            timer.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.process.poll() is not None:
            self.stop()
            command = [program(), "--options=NONE", *ARGUMENTS]
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self.process


def _answers(process: subprocess.Popen[bytes], name: str, content: bytes) -> Iterable[dict[str, Any]]:
    assert process.stdin is not None
    assert process.stdout is not None
    request = {"command": "generate-tags", "filename": name, "size": len(content)}
    process.stdin.write(json.dumps(request).encode() + b"\n" + content)
    process.stdin.flush()
    while True:
        answer = json.loads(process.stdout.readline().decode("utf-8", "replace"))
        if answer.get("_type") == "completed":
            return
        if answer.get("_type") == "tag":
            yield answer


def definitions(tags: list[dict[str, Any]]) -> list[Definition]:
    """Tags as definitions, parents before children where the scopes say so."""
    found = [definition(tag) for tag in tags if is_definition(tag)]
    found.sort(key=lambda one: (one.line, -one.end_line))
    positions: dict[str, int] = {}
    for position, one in enumerate(found):
        outer = one.qualified_name.rpartition(".")[0]
        one.parent = positions.get(outer)
        positions.setdefault(one.qualified_name, position)
    return found


def is_definition(tag: dict[str, Any]) -> bool:
    return "line" in tag and bool(NAME.fullmatch(tag["name"])) and tag.get("kind") not in NO_KINDS


def definition(tag: dict[str, Any]) -> Definition:
    """One tag as a definition."""
    scope = SEPARATOR.sub(".", tag.get("scope", "")).strip(".")
    name = tag["name"].strip()
    kind = KINDS.get(tag.get("kind", ""), tag.get("kind", ""))
    return Definition(
        name=name,
        qualified_name=f"{scope}.{name}" if scope and "__anon" not in scope else name,
        kind="method" if kind == "function" and tag.get("scopeKind") in ("class", "struct", "interface") else kind,
        line=int(tag["line"]),
        end_line=max(int(tag["line"]), int(tag.get("end", 0))),
        signature=" ".join(tag.get("signature", "").split()),
        returns=tag.get("typeref", "").removeprefix("typename:"),
        bases=tuple(base.strip() for base in tag.get("inherits", "").split(",") if base.strip()),
    )
