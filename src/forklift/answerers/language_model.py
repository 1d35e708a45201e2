"""A language model that answers: batched and greedy for tests, streaming for people."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from llguidance import LLMatcher, LLTokenizer

from forklift.answerers.continuous import ROWS
from forklift.answerers.conversation import Message
from forklift.answerers.decoder import Decoder, decoder_of
from forklift.answerers.generation import generate
from forklift.answerers.grammar import json_grammar, token_table
from forklift.answerers.packing import pack_linear_layers
from forklift.answerers.wishes import Decoding, Wish, fresh_seed
from forklift.answerers.writing import Writer
from forklift.engine import Report, return_freed_memory, silent
from forklift.errors import ModelError
from forklift.models import best_device, load_model, load_tokenizer, model_source, prefers_bf16


class LanguageModel:
    """A causal language model with its tokenizer, ready to answer."""

    def __init__(self, name: str, model: Any, tokenizer: Any, decoder: Decoder | None = None) -> None:
        self.name = name
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.decoder = decoder
        self.stop_ids = _stop_ids(model, tokenizer)

    @property
    def max_tokens(self) -> int:
        """Length of the context: prompt and answer together."""
        return int(getattr(self.model.config, "max_position_embeddings", 2048))

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """Token ids of a conversation, ending where the answer begins."""
        text = self.tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True)
        return self.encode_text(text)

    def encode_text(self, text: str) -> list[int]:
        """Token ids of a text as it stands."""
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def count_text_tokens(self, text: str) -> int:
        """How many tokens a text takes by itself."""
        return len(self.encode_text(text))

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """How many tokens the conversation takes before the answer."""
        return len(self.encode(messages))

    def grammar(self, schema: Mapping[str, Any]) -> LLMatcher:
        """What an answer is written with that is JSON by `schema`. Raises ValueError when there is none."""
        return json_grammar(schema, self._token_table)

    @cached_property
    def _token_table(self) -> LLTokenizer:
        return token_table(self.tokenizer, self.stop_ids)

    def answer(
        self,
        prompts: Sequence[str | Sequence[Message]],
        max_tokens: int | Sequence[int],
        *,
        system: str = "",
        report: Report = silent,
    ) -> list[str]:
        """Greedy answers to single questions or conversations, in order; `system` is said before each.

        `max_tokens` bounds every answer, or each its own; half of the context is kept for the question.
        """
        before = [{"role": "system", "content": system}] if system else []
        asked = [[{"role": "user", "content": one}] if isinstance(one, str) else one for one in prompts]
        rows = [self.encode([*before, *turns]) for turns in asked]
        wanted = [max_tokens] * len(rows) if isinstance(max_tokens, int) else max_tokens
        budgets = [min(tokens, self.max_tokens // 2) for tokens in wanted]
        fitting = [row[-(self.max_tokens - budget) :] for row, budget in zip(rows, budgets, strict=True)]
        ids = generate(self.model, fitting, budgets, self.stop_ids, report=report, what=f"answering ({self.name})")
        return [self.tokenizer.decode(row, skip_special_tokens=True).strip() for row in map(self._unstopped, ids)]

    def _unstopped(self, ids: list[int]) -> list[int]:
        return ids[:-1] if ids and ids[-1] in self.stop_ids else ids

    def writer(self, rows: int = ROWS) -> Writer:
        """Writes up to `rows` answers at once. Raises ModelError for an architecture that cannot be batched so."""
        return Writer(self.model, self.tokenizer, self.stop_ids, rows, self.decoder)

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int | None = None,
        allows: Callable[[str, str], bool] | None = None,
    ) -> Iterator[str]:
        """The answer piece by piece, until it ends or `max_tokens` are out. `allows`: see `Wish`.

        Raises ModelError when the conversation does not fit the context.
        """
        ids = tuple(self.encode(messages))
        if len(ids) + max_tokens > self.max_tokens:
            raise ModelError(
                f"{len(ids)} tokens of input and {max_tokens} of answer exceed the context of {self.max_tokens}"
            )
        decoding = Decoding(temperature, top_p, fresh_seed() if seed is None else seed)
        writer = self.writer(1)
        writer.begin(Wish(ids, max_tokens, decoding, allows=allows))
        while writer.running or writer.waiting:
            yield from (piece.text for _, piece in writer.step() if piece.text)


def load_language_model(name: str | Path, label: str | None = None) -> LanguageModel:
    """The model called `name` (see models.model_source) on the best device, in the faster precision there.

    Raises ModelError.
    """
    source = model_source(str(name))
    model = load_model(source, torch.bfloat16 if prefers_bf16() else torch.float32)
    model = model.to(best_device())
    decoder = decoder_of(model)  # takes the plain weights, which packing replaces
    packed = pack_linear_layers(model)
    return_freed_memory()
    return LanguageModel(label or Path(source).name, packed, load_tokenizer(source), decoder)


def _stop_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    configured = getattr(model.generation_config, "eos_token_id", None)
    ids = configured if isinstance(configured, list) else [configured]
    return frozenset(i for i in [*ids, tokenizer.eos_token_id] if i is not None)
