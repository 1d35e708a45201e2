"""The rows that travel between stages. Frozen, typed, and nothing but data."""

from dataclasses import dataclass, field
from typing import Literal

Split = Literal["train", "validation", "A", "B", "C", "D", "E"]
KeyType = Literal["symbol", "path", "text", "absent"]


@dataclass(frozen=True, slots=True)
class File:
    """One file of the commit that the index covers."""

    path: str  # relative to the repository root, '/' as separator
    language: str  # Universal Ctags' name, lower case: "python", "c"; "" when it is no code
    size_bytes: int
    lines: int
    doc: str  # module docstring or leading comment, cleaned; "" when there is none
    is_test: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as written in the source; empty strings where the source says nothing."""

    name: str
    annotation: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named definition."""

    id: int
    name: str
    qualified_name: str  # dotted within its file: "Signer.sign", "outer.inner"
    kind: str  # class, function, method, property, constant, variable, macro, struct, enum, member, typedef
    language: str
    path: str
    line: int  # 1-based, inclusive
    end_line: int
    doc: str = ""  # docstring or leading comment, cleaned
    signature: str = ""  # one line, as written: "(value, sep='.')"
    parameters: tuple[Parameter, ...] = ()  # without self/cls
    returns: str = ""  # annotation or C return type
    bases: tuple[str, ...] = ()  # as written
    decorators: tuple[str, ...] = ()  # as written, without '@' and arguments
    value: str = ""  # of a constant or macro, one line, cut at 200 characters
    parent_id: int | None = None
    is_test: bool = False
    rank: float = 0.0  # centrality on the reference graph, 0..1, higher is more central


@dataclass(frozen=True, slots=True)
class Reference:
    """A use of a name. `target_id` is set only when it resolves to exactly one definition."""

    kind: Literal["call", "inherit", "import", "raise", "catch"]
    name: str  # as written: "self.signer.sign"
    path: str
    line: int
    scope_id: int | None  # the innermost symbol around it; None at file level
    target_id: int | None
    is_deferred: bool = False  # in a nameless function inside the scope, which may run later, elsewhere or never


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit did to one definition. Texts are cleaned: no names, addresses or handles of people."""

    kind: str  # added, changed, renamed, moved, deprecated, removed
    name: str  # qualified name after the commit; before it when removed
    symbol_kind: str
    path: str  # after the commit; before it when removed
    symbol_id: int | None  # what it is today; None when removed
    before: str  # the old name when renamed, path when moved, signature when that changed; else ""
    after: str  # the new signature when that changed
    commit: str  # full id
    date: str  # of the author, YYYY-MM-DD
    release: str  # the first one that contains the commit, "" for none
    subject: str  # first line of the message
    reason: str  # first paragraph of its body
    is_current: bool  # the newest change of the symbol, which left it as it is today


@dataclass(frozen=True, slots=True)
class Notice:
    """What documentation, code or a change log says about a change of one symbol. Texts are cleaned as in `Change`."""

    kind: str  # deprecated, added, changed (marks in the symbol's documentation), warns (in its code), log (change log)
    symbol_id: int
    version: str  # "" when none is given
    text: str
    path: str
    line: int


BlockKind = Literal["heading", "paragraph", "item", "step", "term", "entry", "code"]


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a document, as plain text with code in backticks."""

    kind: BlockKind  # step: of a numbered list; term: one that is defined; entry: of a reference, about `label`
    line: int  # 1-based, inclusive
    end_line: int
    text: str  # a heading's title, code as it stands, what is said of a term or entry
    label: str = ""  # the term or the entry's name; the language of code
    level: int = 0  # of a heading, 1 is the outermost; of a list, how deep it is nested
    names: tuple[str, ...] = ()  # written as code, after what a role says they are: "class:flask.Flask", ":Flask"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of a document and what stands below it, up to the next heading of any level."""

    id: int
    path: str
    line: int  # of the heading
    end_line: int
    heading: str  # "" before the first one
    trail: tuple[str, ...]  # the headings above it, outermost first
    summary: str  # the first sentence of its prose
    blocks: tuple[Block, ...]  # without the heading


@dataclass(frozen=True, slots=True)
class Passage:
    """A place where a section mentions a symbol."""

    section_id: int
    symbol_id: int
    kind: Literal["entry", "heading", "prose", "code"]  # entry: documents it
    line: int


@dataclass(frozen=True, slots=True)
class Location:
    """Where a name of an answer lives in the repository."""

    name: str
    kind: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One atomic statement that is true by construction, with its evidence."""

    id: str
    facet: str
    relation: str
    subject: str  # as people name it: "Signer.sign", or a path
    subject_kind: str
    objects: tuple[str, ...]
    path: str  # evidence
    line: int
    end_line: int
    text: str = ""  # free text of the fact: a docstring's first sentence, a default value
    rank: float = 0.0  # of the subject
    sources: tuple[str, ...] = ()  # of a reverse fact: the forward facts that together state it


@dataclass(frozen=True, slots=True)
class Question:
    """A wording that asks for facts, with the gold answer and what a right answer must contain."""

    id: str
    split: Split
    facet: str
    direction: Literal["forward", "reverse", "composed", "absent", "reading"]
    fact_ids: tuple[str, ...]  # every fact that the gold answer states; empty for absence
    subject: str
    prompt: str
    completion: str
    keys: tuple[str, ...]
    min_keys: int
    key_type: KeyType
    rank: float = 0.0  # of the subject: what fits the time budget is taken from the top
    evidence: tuple[str, ...] = ()  # "path:line"
    history: tuple[str, ...] = ()  # what was said before: questions and answers in turn, a question first
    relation: str = ""  # what it asks for: a fact's relation, "overview", "topic"

    @property
    def lesson(self) -> str:
        """What it teaches: questions of one lesson ask for the same in other words."""
        return " ".join((self.facet, *self.fact_ids))


@dataclass(frozen=True, slots=True)
class Preference:
    """Two answers to one question, one of them measurably worse: a row of dataset/preferences.parquet."""

    prompt: str
    chosen: str
    rejected: str
    subject: str
    reason: str  # why the rejected one is worse
    question_id: str  # the row whose answer is chosen, under another wording
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grade:
    """What the grader says of one answer."""

    right: bool
    score: float  # 0..1, share of the keys found; 0 when wrong things are claimed
    found: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()  # names of the keys' type that the gold answer does not contain
    abstained: bool = False  # says it does not know, or that the thing does not exist
    invented: tuple[str, ...] = ()  # code identifiers that exist nowhere we know of
    mentioned: int = 0  # all code identifiers in the answer


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that could not be had, and why: recorded, never scored as zero."""

    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of one answerer to one question, graded: a row of scores/answers.parquet."""

    answerer: str
    question_id: str
    split: str
    facet: str
    cluster: str  # the fact the question is about; intervals are clustered by it
    prompt: str
    gold: str
    answer: str
    right: bool
    score: float
    abstained: bool
    wrong: tuple[str, ...] = field(default=())
    invented: tuple[str, ...] = field(default=())
    mentioned: int = 0
    evidence: tuple[str, ...] = field(default=())
