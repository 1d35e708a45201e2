"""Views of repositories written in the test itself."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from forklift.build.facts.view import View, view_of
from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import build_index, open_index
from shop import write_files


@pytest.fixture
def view_of_files(tmp_path) -> Iterator[Callable[[dict[str, str]], View]]:
    """Indexes {path: content} and views it, as long as the test runs."""
    with ExitStack() as opened:

        def view(files: dict[str, str]) -> View:
            root = write_files(tmp_path / "code", files)
            build_index(root, tmp_path / "index.sqlite", BuildConfig(), silent)
            return view_of(opened.enter_context(open_index(tmp_path / "index.sqlite")))

        yield view
