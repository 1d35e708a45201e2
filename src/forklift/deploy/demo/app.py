"""Serves one lift: in a Hugging Face Space, in any container, or here (python demo/app.py LIFT)."""

import os
import sys
from contextlib import closing
from pathlib import Path

from forklift.answerers.language_model import LanguageModel, load_language_model
from forklift.deploy import create_app
from forklift.deploy.server import bind, run
from forklift.errors import ForkLiftError, ModelError, WorkspaceError
from forklift.index import open_index
from forklift.workspace import Lift, open_lift, read_manifest

HERE = Path(__file__).resolve().parent
PORT = 7860
HUB = "https://huggingface.co"  # shows Spaces in a frame


def main() -> None:
    """Serves the lift that is named, or the one beside this file, until it is stopped."""
    lift = open_lift(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "lift")
    public = "PORT" in os.environ  # set in the Dockerfile: whoever runs the container decides who reaches it
    host, port = ("0.0.0.0", int(os.environ["PORT"])) if public else ("127.0.0.1", PORT)
    with closing(bind(host, port)) as listener, open_index(lift.index) as index:
        hosts, framed_by = (["*"], HUB) if public else ([], "")
        app = create_app(lift, models_of(lift), index, hosts=hosts, framed_by=framed_by, keeps_votes=False)
        run(app, listener, lambda url: print(url, flush=True))


def models_of(lift: Lift) -> dict[str, LanguageModel]:
    """The tuned models, after their base model where that can be had. Raises WorkspaceError, ModelError."""
    stages = read_manifest(lift)["stages"].items()
    trained = {stage.removeprefix("train:"): entry for stage, entry in stages if stage.startswith("train:")}
    tuned = {name: entry.get("base") for name, entry in trained.items() if (lift.model(name) / "config.json").is_file()}
    if not tuned:
        raise WorkspaceError(f"{lift.root} has no trained model: run 'forklift train {lift.root}' first")
    models = {}
    base = next(iter(tuned.values()))
    try:
        models = {"base": load_language_model(base, Path(base).name)} if base else {}
    except ModelError as error:
        print(f"without the base model: {error}", file=sys.stderr)
    return models | {name: load_language_model(lift.model(name), name) for name in tuned}


if __name__ == "__main__":
    try:
        main()
    except ForkLiftError as error:
        sys.exit(f"demo: {error}")
