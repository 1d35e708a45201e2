"""Indexes of the little repositories, shared by the tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from repositories import PYTHON, C, commit, indexed, write

from forklift.index import Index

Reading = Callable[[dict[str, str | bytes]], Index]


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Reading]:
    """Indexes {path: content} and opens the result."""
    opened: list[Index] = []

    def read(files: dict[str, str | bytes]) -> Index:
        opened.append(indexed(write(tmp_path / f"repo{len(opened)}", files)))
        return opened[-1]

    yield read
    for index in opened:
        index.close()


@pytest.fixture(scope="session")
def boats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The index of a small Python package in git."""
    root = write(tmp_path_factory.mktemp("python") / "boats", PYTHON)
    commit(root)
    with indexed(root) as index:
        yield index


@pytest.fixture(scope="session")
def pond(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The index of a small C project without git."""
    with indexed(write(tmp_path_factory.mktemp("c") / "pond-2.1", C)) as index:
        yield index
