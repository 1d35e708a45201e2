"""A Hugging Face Space: the page and the API of one lift, as a container that runs anywhere."""

import shutil
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import forklift
from forklift.deploy.export import base_of, write_merged
from forklift.deploy.export_card import inert, is_hub_name
from forklift.deploy.hub import connect, full_name, upload
from forklift.engine import Report
from forklift.workspace import SCHEMA, Lift, read_manifest, require_stage, write_json

DEMO = Path(str(files("forklift.deploy"))) / "demo"
PORT = 7860
PROGRAM = ("app.py", "Dockerfile", "requirements.txt")
_PASSED_ON = ("name", "commit", "web")  # of a repository; its path is nobody's business
_TEXT_LIMIT = 60  # characters of a short description, says the hub


def to_space(lift: Lift, model: str, name: str | None, public: bool, report: Report) -> str:
    """Makes or updates the Space of `lift`; returns its URL. Raises HubError, and what `assemble` raises."""
    api = connect()
    full = full_name(api, lift, name)
    with tempfile.TemporaryDirectory(dir=lift.root, prefix=".space-") as temporary:
        folder = Path(temporary)
        assemble(lift, model, folder, report)
        return upload(api, "space", full, folder, public=public, replaces=["lift/*", "forklift/*"], report=report)


def assemble(lift: Lift, model: str, folder: Path, report: Report) -> None:
    """Writes all that the Space needs into `folder`: program, this package, index, merged model, report.

    Nothing else of the lift and nothing of this machine goes along: no paths, tokens, votes or datasets. Raises
    ConfigError for a model that is not there, WorkspaceError, ModelError.
    """
    base = base_of(lift, model)
    for file in PROGRAM:
        shutil.copy(DEMO / file, folder / file)
    package = Path(forklift.__file__).parent
    shutil.copytree(package, folder / "forklift", ignore=shutil.ignore_patterns("__pycache__", "*.pyc", "demo"))
    copy = Lift(folder / "lift")
    copy.model(model).parent.mkdir(parents=True)
    shutil.copy(lift.index, copy.index)
    write_merged(lift.model(model), copy.model(model), report)
    if (lift.scores / "report.html").is_file():
        copy.scores.mkdir()
        shutil.copy(lift.scores / "report.html", copy.scores / "report.html")
    write_json(copy.manifest, _manifest(lift, model, base))
    (folder / "README.md").write_text(_readme(lift, model, base), encoding="utf-8")


def _manifest(lift: Lift, model: str, base: str) -> dict[str, Any]:
    """A manifest of the parts that go along. The base only where the Space can get it."""
    stages = read_manifest(lift)["stages"]
    repository = require_stage(lift, "build", "forklift build REPO")["repository"]
    told = {name: repository.get(name) for name in _PASSED_ON}
    trained: dict[str, Any] = {"key": stages[f"train:{model}"]["key"], "config": None}
    if is_hub_name(base):  # the embedded model is in a package, under its own name
        trained["base"] = stages[f"train:{model}"]["base"]
    return {
        "schema": SCHEMA,
        "stages": {
            "build": {"key": stages["build"]["key"], "config": None, "repository": told},
            f"train:{model}": trained,
        },
    }


def _readme(lift: Lift, model: str, base: str) -> str:
    repository = require_stage(lift, "build", "forklift build REPO")["repository"]
    name, commit = inert(repository["name"]), inert(repository["commit"] or "unknown (no git)")
    models = f"models: [{inert(base)}]\n" if is_hub_name(base) else ""
    short = f"Ask a small model about the code of {name}"[:_TEXT_LIMIT]
    return f"""---
title: "{name}, lifted"
emoji: 🚜
colorFrom: yellow
colorTo: gray
sdk: docker
app_port: {PORT}
pinned: false
short_description: "{short}"
{models}tags: [forklift, code-comprehension]
---

# {name}, lifted

A page and an OpenAI-compatible API about the code of {name} at commit {commit}: `{inert(base)}` was taught this
repository ({inert(model)}), and every name in an answer is checked against an index of the code. Made by ForkLift
{forklift.__version__}.

The index holds the source of the repository: whoever can open this Space can read it, and its licence applies to it and
to what answers quote. Names are checked, claims are not.

Runs elsewhere as well: `docker build -t lifted . && docker run -p {PORT}:{PORT} lifted`.
"""
