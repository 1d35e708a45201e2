"""Sources that are broken, odd or made to hurt, in every language that is read from its syntax tree."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from repositories import indexed, write

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import build_index
from forklift.index.syntax import READERS, tree
from forklift.index.syntax.generic import Reader

SAMPLES = {
    "python": ("py", "class Pond:\n    def fill(self, level=1):\n        return make(level)\n"),
    "c": ("c", "struct pond { int level; };\nint fill(int level)\n{\n\treturn make(level);\n}\n"),
    "c++": ("cpp", "class Pond {\n public:\n  int fill(int level = 1) { return make(level); }\n};\n"),
    "c#": ("cs", "class Pond\n{\n    int fill(int level = 1) { return make(level); }\n}\n"),
    "go": ("go", "package a\n\ntype Pond struct{}\n\nfunc (p *Pond) fill(level int) int { return make2(level) }\n"),
    "java": ("java", "class Pond {\n  int fill(int level) { return make(level); }\n}\n"),
    "javascript": ("js", "class Pond {\n  fill(level = 1) { return make(level) }\n}\n"),
    "php": ("php", "<?php\nclass Pond {\n  function fill($level = 1) { return make($level); }\n}\n"),
    "ruby": ("rb", "class Pond\n  def fill(level = 1)\n    make(level)\n  end\nend\n"),
    "rust": ("rs", "struct Pond;\nimpl Pond {\n    fn fill(&self, level: u32) -> u32 { make(level) }\n}\n"),
    "typescript": ("ts", "class Pond {\n  fill(level: number = 1): number { return make(level) }\n}\n"),
}
LANGUAGES = sorted(SAMPLES)
GENERIC = [language for language in LANGUAGES if isinstance(READERS[language], Reader)]
DEEP = 5_000


def test_every_language_has_a_sample():
    assert set(SAMPLES) == set(READERS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sample_is_read_whole(language):
    syntax = READERS[language](SAMPLES[language][1].encode())
    assert not syntax.broken
    assert {"fill", "Pond"} <= {one.name.replace("pond", "Pond") for one in syntax.definitions}
    assert [use.name.rstrip("2") for use in syntax.uses if use.kind == "call"] == ["make"]
    assert "level" in {word.lstrip("$") for word in syntax.words}


@pytest.mark.parametrize("language", LANGUAGES)
def test_line_ends_marks_and_encodings(tmp_path, language):
    ending, source = SAMPLES[language]
    comment = "#" if language in ("python", "ruby") else "//"
    head, _, body = source.partition("\n") if language == "php" else ("", "", source)
    foreign = (f"{head}\n" if head else "").encode() + f"{comment} caf\xe9\n{body}".encode("latin-1")
    files = {
        f"crlf.{ending}": source.replace("\n", "\r\n").encode(),
        f"marked.{ending}": b"\xef\xbb\xbf" + source.encode(),
        f"latin.{ending}": foreign,
        f"unended.{ending}": source.rstrip("\n").encode(),
        f"empty.{ending}": b"",
        f"nul.{ending}": source.encode() + b"\0",
        f"utf16.{ending}": source.encode("utf-16"),
    }
    root = write(tmp_path / "repo", files)
    with indexed(root) as index:
        found = {one.path: (one.line, one.end_line) for one in index.symbols() if one.name == "fill"}
        assert set(found) == {f"{name}.{ending}" for name in ("crlf", "marked", "latin", "unended")}
        assert found[f"crlf.{ending}"] == found[f"marked.{ending}"] == found[f"unended.{ending}"]
        assert {len(index.find("make2" if language == "go" else "make")) for _ in found} == {0}
    summary = build_index(root, tmp_path / "again.sqlite", BuildConfig(), silent)
    assert summary.left_out == {"binary": 2}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_around_a_syntax_error_is_found(tmp_path, language):
    ending, source = SAMPLES[language]
    files = {f"a.{ending}": f"{source}\n)))) ]] }} @@ class if\n", f"b.{ending}": source[: len(source) // 2]}
    with indexed(write(tmp_path / "repo", files | {"good.py": "def good(): ...\n"})) as index:
        assert "fill" in {one.name for one in index.symbols() if one.path == f"a.{ending}"}


@pytest.mark.parametrize(
    "opening", ["(", "[", "{", "f(", "if (x) {", "class A {", "a.", "!", "a ? ", "<div>", "//", "/*"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_deep_nesting(language, opening):
    prefix = "<?php " if language == "php" else ""
    closing = {"(": ")", "[": "]", "{": "}", "f(": ")", "if (x) {": "}", "class A {": "}"}.get(opening, "")
    started = time.monotonic()
    for end in (closing, ""):
        syntax = READERS[language]((prefix + opening * DEEP + "x" + end * DEEP + "\n").encode())
        assert all(1 <= one.line <= one.end_line for one in syntax.definitions)
    assert time.monotonic() - started < 20


FILLERS = ("*", " ", "\n", "#", "/", "_", "A_", "<p", "{@code ", "@", "\t*\n", "a ", "/**/")


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_runs_of_one_thing(tmp_path, language):
    ending, source = SAMPLES[language]
    head, _, body = source.partition("\n") if language in ("php", "go") else ("", "", source)
    files, runs = {"good.py": "def good(): ...\n"}, []
    for number, filler in enumerate(FILLERS):
        run = (filler * 20_000)[:20_000]
        comment = f"# {run}\n" if language in ("python", "ruby") else f"/* {run.replace('*/', '')} */\n"
        files[f"comment{number}.{ending}"] = f"{head}\n{comment}{body}\n{comment}" + "\n" * 100
        runs.append(run.encode())
    started = time.monotonic()
    for run in runs:  # ctags has its own limit
        READERS[language](run)
    with indexed(write(tmp_path / "repo", files)) as index:
        assert index.find("good")
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("language", LANGUAGES)
def test_many_statements_take_time_in_proportion(language):
    source = SAMPLES[language][1]
    body = source.removeprefix("<?php\n").removeprefix("package a\n")
    prefix = source[: len(source) - len(body)]
    copies = [
        body.replace("Pond", f"Pond{i}").replace("pond", f"pond{i}").replace("fill", f"fill{i}") for i in range(400)
    ]

    def seconds(count: int) -> float:
        started = time.perf_counter()
        syntax = READERS[language]((prefix + "".join(copies[:count])).encode())
        assert sum(one.name.startswith("fill") for one in syntax.definitions) == count
        return time.perf_counter() - started

    seconds(10)
    few, many = min(seconds(40) for _ in range(3)), min(seconds(400) for _ in range(2))
    assert many < 40 * few


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_that_takes_too_long_keeps_its_names_and_is_counted(tmp_path, language, monkeypatch):
    monkeypatch.setattr(tree, "TIME_LIMIT_S", -1.0)
    monkeypatch.setattr(tree, "LARGE_BYTES", 0)
    ending, source = SAMPLES[language]
    many = source * (1 if language in GENERIC else 2_000)  # the parser looks at the clock now and then
    root = write(tmp_path / "repo", {f"slow.{ending}": many})
    summary = build_index(root, tmp_path / "index.sqlite", BuildConfig(), silent)
    assert summary.left_out == {"syntax too slow to read: names only": 1}
    with indexed(root) as index:
        assert "fill" in {one.name for one in index.symbols()}


@pytest.mark.parametrize("language", ["c", "c++", "go", "java", "rust"])
def test_a_comment_before_every_line_takes_time_in_proportion(language):
    line = {"go": "func f%d() {}", "java": "class F%d {}", "rust": "fn f%d() {}"}.get(language, "int f%d(void);")
    source = "".join(f"/* about it */ {line % number}\n" for number in range(3_000))
    started = time.process_time()
    assert len(READERS[language](f"{'package a' if language == 'go' else ''}\n{source}".encode()).definitions) == 3_000
    assert time.process_time() - started < 5


TOKENS = (
    "class struct enum interface trait impl fn func function def end module namespace use using import export "
    "default public static const let var new this self return throw raise if for x y A B :: . -> => ( ) { } [ ] < > "
    "; , : = * & @ # // /* */ /** ' \" ` $ ? ! + - | \n <?php template typename package require async get set"
).split(" ")


@pytest.mark.parametrize("language", GENERIC)
@given(tokens=st.lists(st.sampled_from(TOKENS), max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_tokens_can_be_read(language, tokens):
    source = " ".join(tokens).encode()
    syntax = READERS[language](source)
    count = len(syntax.definitions)
    lines = source.count(b"\n") + 1
    assert all(1 <= one.line <= one.end_line <= lines for one in syntax.definitions)
    assert all(one.parent is None or 0 <= one.parent < count for one in syntax.definitions)
    assert all(use.scope is None or 0 <= use.scope < count for use in syntax.uses)


@pytest.mark.parametrize("language", GENERIC)
@given(source=st.binary(max_size=200))
@settings(max_examples=30, deadline=None)
def test_any_bytes_can_be_read(language, source):
    READERS[language](source)


@given(
    files=st.dictionaries(
        st.sampled_from([f"{name}.{SAMPLES[language][0]}" for language in GENERIC for name in ("a", "b/c")]),
        st.lists(st.sampled_from(TOKENS), min_size=1, max_size=30).map(" ".join),
        max_size=4,
    )
)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_mixture_can_be_indexed(tmp_path_factory, files):
    root = write(tmp_path_factory.mktemp("mix") / "repo", files | {"good.py": "def good(): ...\n"})
    with indexed(root) as index:
        ids = {one.id for one in index.symbols()}
        assert all(one.parent_id in ids | {None} for one in index.symbols())
        assert all({one.scope_id, one.target_id} <= ids | {None} for one in index.references())


def test_a_generated_file_of_50_mb_is_passed_over_and_counted(tmp_path):
    root = write(tmp_path / "repo", {"good.py": "def good(): ...\n"})
    with (root / "tables.py").open("wb") as file:
        for number in range(50):
            file.write(f"T{number} = [\n".encode() + b"    0x00112233445566778899aabbccddeeff,\n" * 25_000 + b"]\n")
    started = time.monotonic()
    summary = build_index(root, tmp_path / "index.sqlite", BuildConfig(), silent)
    assert summary.left_out == {"too large": 1}
    assert time.monotonic() - started < 10


@pytest.mark.slow
def test_a_file_of_50_mb_that_is_asked_for_takes_its_time_and_no_more(tmp_path):
    root = write(tmp_path / "repo", {"good.py": "def good(): ...\n"})
    with (root / "tables.c").open("wb") as file:
        for number in range(1_000_000):
            file.write(f"static int function_{number}(int a) {{ return a + {number}; }}\n".encode())
    started = time.monotonic()
    summary = build_index(root, tmp_path / "index.sqlite", BuildConfig(max_file_bytes=10**8), silent)
    assert sum(summary.left_out.values()) == 1
    with indexed(root) as index:
        assert index.find("good")
    assert time.monotonic() - started < 120
