"""Answers of a given form: JSON as a schema describes it.

After each token llguidance says which may come next (https://github.com/guidance-ai/llguidance); all others are barred.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer
from llguidance.hf import from_tokenizer


def token_table(tokenizer: Any, stop_ids: Collection[int]) -> LLTokenizer:
    """The tokens of a model as grammars read them; takes about a second. Raises ValueError for a slow tokenizer."""
    return from_tokenizer(tokenizer, eos_token=sorted(stop_ids))


def json_grammar(schema: Mapping[str, Any], tokens: LLTokenizer) -> LLMatcher:
    """What JSON by `schema` is written with; for each answer a copy. Raises ValueError when nobody can write it, or
    not by this schema: what it holds is wrong, or unknown to llguidance."""
    try:
        grammar = LLMatcher.grammar_from_json_schema(
            json.dumps(schema),
            # blanks could go on for ever
            overrides={"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "},
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    matcher = LLMatcher(tokens, grammar, log_level=0)
    if not matcher.is_error():
        matcher.compute_bitmask()  # finds what nothing can begin
    if matcher.is_error():
        raise ValueError(matcher.get_error().partition("\n<state>")[0])
    return matcher


def bar(grammar: LLMatcher, logits_V: torch.Tensor, stop_ids: Collection[int]) -> None:
    """Takes from the logits of the next token all that the grammar does not allow. One that has become too much for
    llguidance ends the answer."""
    bits = np.frombuffer(grammar.compute_bitmask(), np.uint8)
    allowed_V = np.unpackbits(bits, count=len(logits_V), bitorder="little")
    if grammar.is_error():
        allowed_V[:] = 0
        allowed_V[list(stop_ids)] = 1
    logits_V.masked_fill_(torch.from_numpy(allowed_V == 0).to(logits_V.device), float("-inf"))
