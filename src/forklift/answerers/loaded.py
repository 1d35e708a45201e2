"""The language models of a lift: which there are, loaded at most two at a time, and the tokenizer that measures."""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from forklift.config import EMBEDDED_MODEL
from forklift.errors import ModelError
from forklift.models import identity, load_tokenizer, model_source
from forklift.workspace import Lift, read_json, read_manifest

if TYPE_CHECKING:  # brings torch
    from forklift.answerers.language_model import LanguageModel

RECORD = "training.json"
AT_ONCE = 2  # models kept in memory: base and the tuned one, each with and without retrieval


def trained_models(lift: Lift) -> list[str]:
    """Names of the models that were trained and are there, sft first."""
    names = [path.parent.name for path in (lift.root / "models").glob(f"*/{RECORD}")]
    return sorted((name for name in names if not name.startswith(".")), key=lambda name: (name != "sft", name))


def base_model(lift: Lift) -> str:
    """What the models of a lift were trained from: the name of sft's base, else another's, else the embedded model."""
    for name in trained_models(lift):
        return str(read_json(lift.model(name) / RECORD)["base"])
    stages = read_manifest(lift)["stages"]
    bases = [stages[stage]["base"] for stage in ("train:sft", *sorted(stages)) if "base" in stages.get(stage, ())]
    return str(bases[0]) if bases else EMBEDDED_MODEL


def load_answering_model(lift: Lift, name: str) -> "LanguageModel":
    """The language model called `name`: base, or one that was trained. Raises ModelError.

    The last two loaded stay in memory until `release_models`.
    """
    if name == "base":
        source = base_model(lift)
    elif name in trained_models(lift):
        source = str(lift.model(name))
    else:
        raise ModelError(no_model(lift, name))
    return _loaded(source, identity(source), name)


def no_model(lift: Lift, name: str) -> str:
    """What to say when the model called `name` is not there."""
    return f"{lift.root} has no model {name!r}: run 'forklift train {lift.root} --method {name}' to make it"


def release_models() -> None:
    """Forgets the models that are kept in memory."""
    _loaded.cache_clear()


def token_counter(lift: Lift) -> Callable[[str], int]:
    """Counts the tokens of a text as the base model reads it. Raises ModelError."""
    tokenizer = _tokenizer(lift)
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False))


def token_cutter(lift: Lift) -> Callable[[str, int], str]:
    """cut(text, max_tokens): the beginning of `text` that takes at most so many tokens of the base model.

    Raises ModelError.
    """
    tokenizer, count = _tokenizer(lift), token_counter(lift)

    def cut(text: str, max_tokens: int) -> str:
        while count(text) > max_tokens:  # again, because an end alone may be split into more pieces
            encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
            end = encoded["offset_mapping"][max_tokens - 1][1] if max_tokens else 0
            text = text[: min(end, len(text) - 1)].rstrip()
        return text

    return cut


def _tokenizer(lift: Lift) -> Any:
    """The base model's tokenizer. A tuned model has a copy, which needs no network."""
    trained = trained_models(lift)
    source = str(lift.model(trained[0])) if trained else base_model(lift)
    return _loaded_tokenizer(source, identity(source))


@lru_cache(maxsize=AT_ONCE)
def _loaded(source: str, _identity: str, label: str) -> "LanguageModel":
    from forklift.answerers.language_model import load_language_model

    return load_language_model(source, label)


@lru_cache(maxsize=AT_ONCE)
def _loaded_tokenizer(source: str, _identity: str) -> Any:
    return load_tokenizer(model_source(source))
