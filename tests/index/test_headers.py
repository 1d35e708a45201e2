"""Which headers are read as C++, and which as C."""

import pytest
from repositories import C, write

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import build_index, open_index
from forklift.index.headers import has_plus, plus_headers

BOTH = """\
#ifndef LAKE_H
#define LAKE_H
#ifdef __cplusplus
extern "C" {
namespace lake {}
#endif
/* A class of its own:
   using namespaces, template <typename T>, std::string and
public: all of it */
struct class { int private; unsigned public : 1; };
int lake_fill(struct class *class, const char *why); // "lake::fill" in C++
#define LAKE_BARRIER() asm volatile ("class X {" :: "r" (lake) : "memory")
#ifdef __cplusplus
}
#endif
#endif
"""


@pytest.mark.parametrize(
    "text",
    [
        "class Boat {\n public:\n  int sail();\n};\n",
        "#pragma once\nclass Boat;\nvoid sail(Boat *boat);\n",
        "namespace boats {\nint sail();\n}\n",
        "inline namespace v1\n{\nint sail();\n}\n",
        "template <typename T> T sail(T boat);\n",
        "std::string sail();\n",
        "struct Boat {\nprivate:\n  int mast;\n};\n",
        "using Mast = int;\n",
        "#if __cplusplus >= 201103L\n#define NEW 1\n#endif\nenum class Sail : int { Full };\n",
    ],
)
def test_signs_of_cplusplus(text):
    assert has_plus(text.encode())


@pytest.mark.parametrize(
    "text", [BOTH, C["include/pond.h"], "int a(void);\n", "", "/*\nclass X {\n", "\0\xff class \n"]
)
def test_c_has_none(text):
    assert not has_plus(text.encode())


def test_the_sources_nearest_to_a_header_decide():
    sources = [
        "c/a.c",
        "c/b.c",
        "c/x.cc",
        "plus/src/a.cpp",
        "plus/src/b.cc",
        "plus/src/old/b.c",
        "even/a.c",
        "even/a.cc",
    ]
    headers = ["a.h", "c/a.h", "plus/src/a.h", "plus/include/deep/b.h", "plus/src/old/b.h", "even/a.h", "else/a.h"]
    assert plus_headers(sources + headers) == {"plus/src/a.h", "plus/include/deep/b.h"}
    assert plus_headers(["a.h"]) == set()


def test_a_repository_of_both(reading):
    index = reading(
        C
        | {
            "src/lake.h": BOTH,
            "tools/boat.h": "namespace boats {\nclass Boat {\n public:\n  int sail();\n};\n}\n",
            "tools/mast.h": "int height(int metres);\n",
            "tools/boat.cpp": '#include "boat.h"\n#include "mast.h"\nint boats::Boat::sail() { return height(1); }\n'
            "int height(int metres) { return metres; }\n",
        }
    )
    languages = {file.path: file.language for file in index.files()}
    assert {path: languages[path] for path in languages if path.endswith(".h")} == {
        "include/pond.h": "c", "src/lake.h": "c", "tools/boat.h": "c++", "tools/mast.h": "c++",
    }  # fmt: skip
    assert [one.path for one in index.find("height")] == ["tools/boat.cpp"]
    assert [one.path for one in index.find("Boat.sail")] == ["tools/boat.cpp"]


def test_a_header_is_read_again_when_its_neighbours_change(tmp_path):
    root = write(tmp_path / "repo", {"a.h": "int sail(int boat);\n", "a.c": "int go(void) { return sail(1); }\n"})
    for source, language in (("a.c", "c"), ("a.cc", "c++")):
        (root / "a.c").rename(root / source)
        build_index(root, tmp_path / "index", BuildConfig(), silent)
        with open_index(tmp_path / "index") as index:
            assert {file.path: file.language for file in index.files()}["a.h"] == language
