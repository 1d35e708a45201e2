"""Comments by line, for the languages without a syntax module: enough to find what is said above a definition."""

import re

HASH = "sh ruby perl make r elixir julia powershell tcl awk cmake automake autoconf nsis puppetmanifest meson".split()
DASH = "lua sql haskell ada vhdl elm".split()
SEMICOLON = "lisp clojure scheme emacslisp asm autoit".split()
PERCENT = "erlang matlab".split()
MARKS = {name: mark for names, mark in ((HASH, "#"), (DASH, "--"), (SEMICOLON, ";"), (PERCENT, "%")) for name in names}
ATTRIBUTE = re.compile(r"^\s*(@\w|#\[|\[\w)")  # annotations stand between a comment and its definition
LONGEST_BLOCK = 100


def comment_above(lines: list[str], line: int, language: str) -> str:
    """The words of the comment block that ends right above `line` (1-based), annotations skipped; "" for none."""
    at = line - 2
    while at >= 0 and ATTRIBUTE.match(lines[at]):
        at -= 1
    mark = MARKS.get(language, "//")
    if at >= 0 and mark == "//" and lines[at].rstrip().endswith("*/"):
        start = next((i for i in range(at, max(at - LONGEST_BLOCK, -1), -1) if "/*" in lines[i]), None)
        return words_of(lines[start : at + 1]) if start is not None and lines[start].lstrip().startswith("/*") else ""
    last = at
    while at >= 0 and last - at < LONGEST_BLOCK and lines[at].lstrip().startswith(mark):
        at -= 1
    return words_of(lines[at + 1 : last + 1])


def leading_comments(lines: list[str], language: str) -> list[str]:
    """The comment blocks before any code, as words."""
    mark = MARKS.get(language, "//")
    blocks: list[list[str]] = [[]]
    inside = False
    for line in lines[:LONGEST_BLOCK]:
        bare = line.strip()
        inside = inside or (mark == "//" and bare.startswith("/*"))
        if not bare and not inside:
            blocks.append([])
        elif inside or bare.startswith(mark):
            blocks[-1].append(line)
        elif not bare.startswith("#!"):
            break
        inside = inside and "*/" not in bare
    return [words for words in map(words_of, blocks) if words]


def words_of(lines: list[str]) -> str:
    """Comment lines without their marks."""
    bare = [
        re.sub(r"^\s*(/\*+!?|\*+/|\*(?!\*)|//+!?|#+|--+|;+|%+)? ?|(?<![\s*])\s*\*+/\s*$", "", line).rstrip()
        for line in lines
    ]
    return "\n".join(bare).strip("*-=/# \n\t")
