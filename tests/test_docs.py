"""The documentation says what is true: commands, links, the notebook."""

import ast
import json
import os
import re
import subprocess
import sys
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


def as_script(notebook):
    """The cells as one program; what a cell ends with is printed, as a notebook shows it."""
    body = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            *lines, last = ast.parse("".join(cell["source"])).body
            if isinstance(last, ast.Expr):
                last = ast.Expr(ast.Call(ast.Name("print"), [last.value], []))
            body += [*lines, last]
    return ast.unparse(ast.Module(body, []))


@pytest.mark.slow
def test_the_tour_runs(shop, tiny_model, tmp_path):
    """Every cell of the notebook, in a process of its own, on a small repository with a tiny model."""
    tour = {"TOUR_REPOSITORY": str(shop), "TOUR_MODEL": str(tiny_model), "TOUR_MINUTES": "0.1", "TOUR_WORDINGS": "2"}
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **tour}
    command = [sys.executable, "-c", as_script(ROOT / "notebooks" / "tour.ipynb")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for said in (" facts, for example", "sft+retrieval: ", "report.html"):
        assert said in done.stdout
    assert (tmp_path / "lifts" / "shop" / "scores" / "report.html").is_file()


def test_the_tour_is_committed_without_outputs():
    cells = json.loads((ROOT / "notebooks" / "tour.ipynb").read_text(encoding="utf-8"))["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]
