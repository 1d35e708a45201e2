"""The model card of an export: what it is, what it was taught, how well it does, what it cannot."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forklift.deploy.lookup import plain
from forklift.deploy.parity import Parity
from forklift.workspace import Lift, read_json

_SPLITS = {
    "A": "seen facts, new wording",
    "B": "seen facts, new direction",
    "C": "facts never taught (control)",
    "D": "names that do not exist",
}
_USE = {
    "merged": """```python
from transformers import pipeline

ask = pipeline("text-generation", ".", max_new_tokens=128, do_sample=False)
print(ask([{"role": "user", "content": "Where is NAME defined?"}])[0]["generated_text"][-1]["content"])
```""",
    "gguf": "```sh\nllama-server -m {file} --jinja --temp 0 --repeat-penalty 1\n```",
    "ollama": '```sh\nollama create {name} -f Modelfile\nollama run {name} "Where is NAME defined?"\n```',
}


def export_card(lift: Lift, about: Mapping[str, Any], parity: Parity | None) -> str:
    """README.md of an export. Raises WorkspaceError when the lift's scores are damaged."""
    repository = about["repository"]
    name = inert(repository["name"])
    parts = [
        _metadata(about),
        f"# {name}, lifted ({about['quantise'] or about['format']})",
        f"`{inert(about['base'])}`, fine-tuned to know the code of one repository, as exported by ForkLift "
        f"{about['forklift']}.",
        f"- repository: {name}, commit {inert(repository['commit']) or 'unknown (no git)'}\n"
        f"- checked against the trained model, greedy: {parity or 'not measured'}",
        "## Use",
        _use(about),
        *_scores(lift, about["model"]),
        "## Limits",
        "It knows this repository at this commit and no other, from short questions about single things. It can name "
        "what does not exist: check the names in its answers against the index, as `forklift ask`, `forklift mcp` and "
        "`forklift deploy` do. Ask greedily (temperature 0) and without a repetition penalty.",
    ]
    return "\n\n".join(parts) + "\n"


def _use(about: Mapping[str, Any]) -> str:
    if about["format"] == "merged":
        return _USE["merged"]
    return _USE[about["format"]].format(file=about["file"], name=Path(about["file"]).stem.lower())


def _metadata(about: Mapping[str, Any]) -> str:
    """What the hub reads; the base only where it is a name of the hub."""
    known = f"base_model: {inert(about['base'])}\n" if is_hub_name(about["base"]) else ""
    library = "transformers" if about["format"] == "merged" else "gguf"
    return (
        f"---\n{known}library_name: {library}\npipeline_tag: text-generation\ntags: [forklift, code-comprehension]\n---"
    )


def is_hub_name(model: str) -> bool:
    """Whether `model` reads as owner/name on the hub."""
    return model.count("/") == 1 and not model.startswith((".", "/", "~"))


def _scores(lift: Lift, model: str) -> list[str]:
    """The lift's scores, when they are of this model: it was not trained again since."""
    path = lift.scores / "scores.json"
    trained = lift.model(model) / "training.json"
    if not path.is_file() or not trained.is_file() or path.stat().st_mtime < trained.stat().st_mtime:
        return []
    scores = read_json(path)
    summary = scores.get("answerers", {}).get(model)
    if not summary:
        return []
    rows = [f"| {split}: {what} | {_cell(summary.get(split))} |" for split, what in _SPLITS.items()]
    missing = [f"- {inert(line)}" for line in scores.get("repository", {}).get("not_covered", [])]
    table = "\n".join(["| questions | right (95% interval) |", "|---|---|", *rows])
    return ["## Scores", "Of the trained model, closed-book.", table, *(["\n".join(missing)] if missing else [])]


def _cell(accuracy: Mapping[str, Any] | None) -> str:
    if not accuracy or not accuracy["n"]:
        return "not asked"
    return f"{accuracy['accuracy']:.1%} ({accuracy['low']:.0%}-{accuracy['high']:.0%}, n={accuracy['n']})"


def inert(text: str) -> str:
    """A name from outside that can break neither Markdown nor YAML nor HTML."""
    return "".join(c for c in plain(text) if c not in "`<>[]{}|*#!&\"'\\")
