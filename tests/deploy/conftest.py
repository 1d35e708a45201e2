"""A small repository with markup in it, its real index, and a lift."""

import pytest

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import build_index, open_index
from forklift.workspace import create_lift

TRUCK = '''"""Moves pallets."""

MAX_LOAD_KG = 1200


class Truck:
    """A truck that lifts <b>pallets</b> & crates."""

    def lift_pallet(self, pallet):
        """Lifts one pallet. <script>alert(1)</script>"""
        check_weight(pallet)
        return pallet


def check_weight(pallet):
    """Raises ValueError when the pallet is too heavy."""
    if pallet.weight > MAX_LOAD_KG:
        raise ValueError("too heavy")


LEVELS = [
''' + "".join(f"    {n},\n" for n in range(60))


@pytest.fixture(scope="session")
def index_file(tmp_path_factory):
    repository = tmp_path_factory.mktemp("repository") / "depot"
    (repository / "warehouse").mkdir(parents=True)
    (repository / "warehouse" / "truck.py").write_text(f"{TRUCK}]\n", encoding="utf-8")
    (repository / "warehouse" / "__init__.py").write_text("from warehouse.truck import Truck\n", encoding="utf-8")
    database = tmp_path_factory.mktemp("index") / "index.sqlite"
    build_index(repository, database, BuildConfig(), silent)
    return database


@pytest.fixture(scope="session")
def index(index_file):
    with open_index(index_file) as index:
        yield index


@pytest.fixture(scope="module")
def lift(tmp_path_factory):
    return create_lift(tmp_path_factory.mktemp("deploy") / "lift")
