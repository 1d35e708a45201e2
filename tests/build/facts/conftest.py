"""Views of repositories written in the test itself."""

from collections.abc import Callable

import pytest

from forklift.build.facts.view import View, view_of
from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import build_index, open_index
from shop import write_files


@pytest.fixture
def view_of_files(tmp_path) -> Callable[[dict[str, str]], View]:
    """Indexes {path: content} and views it."""

    def view(files: dict[str, str]) -> View:
        root = write_files(tmp_path / "code", files)
        build_index(root, tmp_path / "index.sqlite", BuildConfig(), silent)
        with open_index(tmp_path / "index.sqlite") as index:
            return view_of(index)

    return view
