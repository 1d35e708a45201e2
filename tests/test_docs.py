"""The documentation says what is true: commands, links, the notebook."""

import json
import os
import re
from pathlib import Path

import pytest

from forklift.cli.reference import reference

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / "README.md", ROOT / "demo" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#]+?)(?:#[^)]*)?\)")


def test_commands_are_as_their_help_says():
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == reference(), "run 'make docs'"


def test_every_command_that_the_documentation_shows_exists():
    known = set(re.findall(r"^## forklift (\w+)$", reference(), re.MULTILINE))
    for path in DOCS:
        shown = re.findall(r"^(?:\$ )?forklift ([a-z]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(shown) <= known, path


def test_every_local_link_leads_somewhere():
    for path in DOCS:
        for target in LINK.findall(path.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), (path.name, target)


@pytest.mark.timeout(180)
def test_the_tour_runs(shop, tiny_model, tmp_path):
    """Every cell of the notebook, in a real kernel, on a small repository with a tiny model."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    notebook = nbformat.read(ROOT / "notebooks" / "tour.ipynb", as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOUR_REPOSITORY", str(shop))
        patch.setenv("TOUR_MODEL", str(tiny_model))
        patch.setenv("TOUR_MINUTES", "0.4")
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]))
        nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    printed = "".join(
        output.get("text", "") + "".join(output.get("data", {}).get("text/plain", ""))
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )
    assert "src/shop/stock.py" in printed
    assert (tmp_path / "lifts" / "shop" / "scores" / "report.html").is_file()


def test_the_tour_is_committed_without_outputs():
    cells = json.loads((ROOT / "notebooks" / "tour.ipynb").read_text(encoding="utf-8"))["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]
