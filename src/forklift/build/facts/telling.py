"""Facet telling: what the README tells of the whole project: what it is, what it can do, how it is installed."""

import re
from collections.abc import Iterator, Sequence

from forklift.build.facts.documentation import in_html, section_fact
from forklift.build.facts.told import README, Told, told_of
from forklift.build.facts.view import View
from forklift.grading import has_word
from forklift.index import first_sentence, whole_sentence
from forklift.records import Block, Fact, Section

RANK = 1.0  # the whole project is what people ask about first
FEWEST_FEATURES, MOST_FEATURES = 3, 6
FEATURE_CHARS = 90
MOST_PAGES, MOST_BEFORE = 2, 3  # sections, and blocks before the sentence that says what the project is
LONGEST_COMMAND = 90
_FRONT = re.compile(r"(?:docs?/)?(?:index|intro(?:duction)?|overview)\.\w+", re.IGNORECASE)
_NOT_TELLING = re.compile(
    r"(?:this(?! (?:is (?:a|an|the)|library|package|project|crate|gem|module|tool|repository|program)\b)|see|"
    r"the following|for|to|we|you|if|please|note|click here|there|thanks?|looking|due|as of|since)\b|.*[•·→»]",
    re.IGNORECASE,
)
_FEATURES = re.compile(
    r"(?:(?:main|key|core|supported|its) )?(?:features|highlights)\b(?! (?:flags|needed|required)).*", re.I
)
_LINKED = re.compile(r"\s*[-*+]\s*\[[^\]]*\]\(#")
_COMMAND = re.compile(
    r"(?:\$ |> )?((?:sudo )?(?:(?:python3?|py) -m )?(?:pip3?|pipx|uv|conda|npm|yarn|pnpm|cargo|gem|go|composer|brew|"
    r"apt|apt-get|dnf|dotnet|luarocks|opam|nix-env)(?: [\w-]+)? (?:install|add|get|require)\b[^`|;&<>]{2,80})"
)


def facts(view: View) -> Iterator[Fact]:
    """`project_is`, `project_features` and `installed_with`."""
    told = told_of(view.index)
    front = [one for one in told.sections if README.fullmatch(one.path)]
    front += [one for one in told.sections if _FRONT.fullmatch(one.path)]
    yield from _what(view, told, front)
    yield from _features(view, front)
    pages = [one for one in told.sections if "install" in f"{one.path} {one.heading}".lower()]
    yield from _installation(view, front, pages)


def _tell(relation: str, view: View, section: Section, objects: tuple[str, ...], block: Block, text: str) -> Fact:
    return section_fact(
        relation, section, view.name, objects, facet="telling", subject_kind="repository", text=text, rank=RANK,
        line=block.line, end_line=block.end_line,
    )  # fmt: skip


def _what(view: View, told: Told, front: Sequence[Section]) -> Iterator[Fact]:
    """The first sentence of the first page, where it says something of its own."""
    for number, section in enumerate(front[:MOST_PAGES]):
        for block in section.blocks[:MOST_BEFORE]:
            text = told.quotable(whole_sentence(block.text, 240)) if block.kind == "paragraph" else ""
            if (
                text
                and not in_html(view, section, block)
                and not _NOT_TELLING.match(text)
                and (number == 0 or has_word(text.lower(), view.name.lower()))
            ):
                yield _tell("project_is", view, section, (section.path,), block, text)
                return


def _features(view: View, front: Sequence[Section]) -> Iterator[Fact]:
    """The first list of features."""
    for section in front:
        items = _first_list(view, section)
        heading_says = _FEATURES.fullmatch(section.heading.strip(" :"))
        said = [text for one in items if (text := _feature(one))]
        if len(said) >= FEWEST_FEATURES and heading_says:
            block = Block("item", items[0].line, items[-1].end_line, "")
            more = ["and others"] if len(items) > len(said[:MOST_FEATURES]) else []
            text = "; ".join([*said[:MOST_FEATURES], *more])
            yield _tell("project_features", view, section, (section.path,), block, text)
            return


def _first_list(view: View, section: Section) -> list[Block]:
    """The first list of a section, unless it is one of links: a table of contents."""
    found: list[Block] = []
    for one in section.blocks:
        if one.kind in ("item", "term") and one.level < 2 and (not found or one.line - found[-1].end_line <= 2):
            found.append(one)
        elif found and one.level < 2:
            break
    lines = ["".join(view.index.lines(section.path, one.line, one.line)) for one in found]
    return [] if any(_LINKED.match(line) or line.lstrip().startswith("|") for line in lines) else found


def _feature(block: Block) -> str:
    text = block.label if block.kind == "term" else first_sentence(block.text, FEATURE_CHARS)
    return text if text and not re.search(r"://|[<>{}|\"`]", text) and "..." not in text else ""


def _installation(view: View, front: Sequence[Section], pages: Sequence[Section]) -> Iterator[Fact]:
    """The command that installs the project: one that names it, of the README or a page about installing."""
    for section in (*front, *pages):
        for block in section.blocks:
            lines = block.text.split("\n") if block.kind == "code" else re.findall(r"`([^`]+)`", block.text)
            for number, line in enumerate(lines):
                found = _COMMAND.match(line.strip())
                is_cut = found is not None and line.strip()[found.end() :].startswith(("<", ">"))
                command = " ".join(found[1].split()) if found and not is_cut else ""
                if _installs(command, view.name) and len(command) <= LONGEST_COMMAND:
                    at = block.line + number if block.kind == "code" else block.line
                    place = Block("code", at, max(at, block.end_line), "")
                    yield _tell("installed_with", view, section, (section.path,), place, command)
                    return


def _installs(command: str, name: str) -> bool:
    """Whether a command installs a package of this name, of whatever owner and version, and no part of it."""
    packages = [re.split(r"[\[:=<>~^]|(?<=\w)@", word.strip("'\""))[0].lower() for word in command.split()]
    last = [re.sub(r"/v\d+$|/\.\.\.$", "", one).rpartition("/")[2] for one in packages]
    own = name.lower()
    return bool({own, re.sub(r"[.-](?:js|py|rb|rs|go)$", "", own)} & set(last)) and not re.search(
        r" (?:-e|--editable)\b", command
    )
