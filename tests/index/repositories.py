"""Real little repositories to index."""

import os
import subprocess
from pathlib import Path

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import Index, build_index, open_index

PYTHON = {
    "pyproject.toml": '[project]\nname = "boats"\nversion = "1.2"\nlicense = "MIT"\n',
    "README.md": "# Boats\n\nA library about boats.\n",
    "src/boats/__init__.py": '"""Everything that floats."""\n\nfrom .hull import Hull as Hull\nfrom .crew import *\n',
    "src/boats/hull.py": '''\
"""Hulls and their errors."""

import math
import typing as t
from functools import cached_property

from boats.errors import LeakError

try:
    import fast_math
except ImportError:
    fast_math = None

# How deep a hull may go,
# in metres.
MAX_DEPTH = 12.5
default_name = "Titanic"  # famous last words


class Base:
    """What all vessels share."""

    registry: dict[str, "Base"] = {}

    def __init__(self, name: str = default_name):
        #: What is painted on the bow.
        self.name = name
        self.log = Log()

    def sink(self) -> None:
        self.log.write("sinking")

    @classmethod
    def named(cls, name):
        return cls(name)


class Hull(Base):
    """A hull.

    It keeps the water out.
    """

    #: Thickness in millimetres.
    thickness: int = 10

    def __init__(
        self,
        length: float,
        /,
        beam: float = 2.0,  # metres
        *decks: str,
        colour: str = "red",
        **extra: t.Any,
    ) -> None:
        super().__init__(colour)
        self.length = length

    @t.overload
    def area(self, unit: str) -> str: ...
    @t.overload
    def area(self) -> float: ...
    def area(self, unit=None):
        """The wetted area."""

        def helper(x):
            return math.sqrt(x)

        return helper(self.length)

    @property
    def wet(self) -> bool:
        """Whether water is inside."""
        return self.depth() > MAX_DEPTH

    @wet.setter
    def wet(self, value): ...

    @cached_property
    def weight(self) -> float:
        return 1.0

    @staticmethod
    def weigh(stuff, scale=1):
        return len(stuff) * scale

    def depth(self):
        if self.weigh([]) > 3:
            raise LeakError("deep")
        return self.sink()


class Log:
    def write(self, line: str) -> None:
        """Writes one line."""


def launch(hull: Hull, *, champagne: bool = True) -> "Hull":
    """Lets a hull slide into the water."""
    other = Hull(1.0)
    other.sink()
    hull.area()
    unknown.area()
    local = len
    local("x")
    return make().depth()


def make() -> Hull:
    return Hull.named("x")


if MAX_DEPTH:

    def fallback(): ...

else:

    def fallback(one): ...
''',
    "src/boats/errors.py": (
        'class BoatError(Exception):\n    """Any trouble with a boat."""\n\n\nclass LeakError(BoatError):\n    pass\n'
    ),
    "src/boats/crew.py": """\
from __future__ import annotations

from . import hull as hulls, errors
from .hull import launch as go

__all__ = ["Captain"]


class Captain:
    def command(self, hull: hulls.Hull | None = None):
        go(hull)
        hulls.launch(hull)
        hull.depth()
        launch = print
        launch("shadowed")
        try:
            pass
        except errors.LeakError as problem:
            raise errors.BoatError("lost") from problem
""",
    "tests/test_hull.py": (
        "from boats import Captain, Hull\n\n\ndef test_area():\n    assert Hull(3.0).area()\n    Captain().command()\n"
    ),
    "setup.py": "from setuptools import setup\n\nsetup()\n",
}

C = {
    "COPYING": "                    GNU GENERAL PUBLIC LICENSE\n                       Version 2, June 1991\n",
    "include/pond.h": """\
/* Copyright (c) 2020 The Pond Authors. All rights reserved. */

/* Ponds: small and wet. */

#ifndef POND_H
#define POND_H

#define POND_DEPTH 3 /* metres */
#define POND_AREA(w, h) ((w) * \\
    (h))

/**
 * pond_fill() - Fill a pond.
 * @level: how high
 */
int pond_fill(struct pond *pond, int level);
void pond_drain(struct pond *pond);

/* A body of water. */
struct pond {
    int level;          /* in metres */
    const char *name[4];
    void (*on_ripple)(int strength);
};

enum weed { REED = 1, LILY };
typedef struct { int legs; } frog_t;
typedef unsigned long depth_t;

static inline int twice(int x) { return x * 2; }
#endif
""",
    "src/pond.c": """\
#include "pond.h"
#include <stdio.h>

static int limit = 10, *cursor;
extern int elsewhere;

/* Checks a level. */
static int check(int level)
{
    return level < limit;
}

int pond_fill(struct pond *pond, int level)
{
    int (*check_later)(int) = check;
    if (!check(level) || check_later(2))
        printf("%d", POND_AREA(2, 3));
    pond->on_ripple(1);
    return twice(level);
}

const char *pond_name(struct pond *pond, int index) { return pond->name[index]; }
""",
    "src/main.c": """\
#include "pond.h"

static int check(void) { return 1; }

int main(int argc, char **argv)
{
    struct pond pond;
    return pond_fill(&pond, check());
}
""",
    "tests/test_pond.c": '#include "pond.h"\nint main(void) { return pond_fill(0, 1); }\n',
}


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def git(root: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *arguments],
        cwd=root, env=environment | identity | quiet, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def commit(root: Path, message: str = "Add files") -> str:
    if not (root / ".git").exists():
        git(root, "init", "-q")
    git(root, "add", "-A", "-f")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return git(root, "rev-parse", "HEAD")


def indexed(root: Path, **settings: int) -> Index:
    """The opened index of a repository; the database lies beside it."""
    database = root.parent / f"{root.name}.sqlite"
    build_index(root, database, BuildConfig(**settings), silent)
    return open_index(database)
