"""A language model that answers: batched and greedy for tests, streaming for people."""

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import torch

from forklift.engine import Report, silent
from forklift.errors import ModelError
from forklift.models import load_model, load_tokenizer, model_source, prefers_bf16

BATCH_TOKENS = 8192  # of prompts and answers together; bounds the memory of the key-value cache
MAX_BATCH = 64
WORTH_SHARING = 8  # tokens

Message = dict[str, str]


class LanguageModel:
    """A causal language model with its tokenizer, ready to answer."""

    def __init__(self, name: str, model: Any, tokenizer: Any) -> None:
        self.name = name
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.stop_ids = _stop_ids(model, tokenizer)

    @property
    def max_tokens(self) -> int:
        """Length of the context: prompt and answer together."""
        return int(getattr(self.model.config, "max_position_embeddings", 2048))

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """Token ids of a conversation, ending where the answer begins."""
        text = self.tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True)
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def count_text_tokens(self, text: str) -> int:
        """How many tokens a text takes by itself."""
        return len(self.tokenizer.encode(text, add_special_tokens=False))

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """How many tokens the conversation takes before the answer."""
        return len(self.encode(messages))

    def answer(
        self,
        prompts: Sequence[str],
        max_tokens: int | Sequence[int],
        *,
        system: str = "",
        report: Report = silent,
    ) -> list[str]:
        """Greedy answers to single questions, in order; `system` is said before each.

        `max_tokens` bounds every answer, or each its own; half of the context is kept for the question.
        """
        before = [{"role": "system", "content": system}] if system else []
        rows = [self.encode([*before, {"role": "user", "content": prompt}]) for prompt in prompts]
        wanted = [max_tokens] * len(rows) if isinstance(max_tokens, int) else max_tokens
        budgets = [min(tokens, self.max_tokens // 2) for tokens in wanted]
        order = sorted(range(len(rows)), key=lambda i: (budgets[i], len(rows[i])))
        answers = [""] * len(rows)
        done = 0
        for batch in _batches(order, rows, budgets):
            prompts_ids = [rows[i][-(self.max_tokens - budgets[i]) :] for i in batch]
            ids = _generate(self.model, prompts_ids, [budgets[i] for i in batch], self.stop_ids)
            for i, answer_ids in zip(batch, ids, strict=True):
                answers[i] = self.tokenizer.decode(answer_ids, skip_special_tokens=True).strip()
            done += len(batch)
            report(f"answering ({self.name})", done, len(rows))
        return answers

    @torch.inference_mode()
    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[str]:
        """The answer piece by piece, until it ends, `max_tokens` are out, or `stopped()`.

        `stopped` is asked once for each token of the answer.

        Raises ModelError when the conversation does not fit the context.
        """
        ids = self.encode(messages)
        if len(ids) + max_tokens > self.max_tokens:
            raise ModelError(
                f"{len(ids)} tokens of input and {max_tokens} of answer exceed the context of {self.max_tokens}"
            )
        generator = torch.Generator(self.model.device)
        if seed is not None:
            generator.manual_seed(seed)
        step, cache, answer, sent = torch.tensor([ids], device=self.model.device), None, list[int](), ""
        for _ in range(max_tokens):
            output = self.model(input_ids=step, past_key_values=cache, use_cache=True, logits_to_keep=1)
            cache = output.past_key_values
            token = _pick(output.logits[0, -1].float(), temperature, top_p, generator)
            if token in self.stop_ids or stopped():
                break
            answer.append(token)
            text = self.tokenizer.decode(answer, skip_special_tokens=True)
            if len(text) > len(sent) and not text.endswith("\ufffd"):  # half of a multi-byte character
                yield text[len(sent) :]
                sent = text
            step = torch.tensor([[token]], device=self.model.device)


def load_language_model(name: str | Path, label: str | None = None) -> LanguageModel:
    """The model called `name` (see models.model_source) on the best device, in the faster precision there.

    Raises ModelError.
    """
    source = model_source(str(name))
    model = load_model(source, torch.bfloat16 if prefers_bf16() else torch.float32)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return LanguageModel(label or Path(source).name, model.to(device), load_tokenizer(source))


def _stop_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    configured = getattr(model.generation_config, "eos_token_id", None)
    ids = configured if isinstance(configured, list) else [configured]
    return frozenset(i for i in [*ids, tokenizer.eos_token_id] if i is not None)


def _batches(order: Sequence[int], rows: Sequence[list[int]], budgets: Sequence[int]) -> Iterator[list[int]]:
    """Consecutive rows of `order`, where budgets rise; each batch keeps within BATCH_TOKENS, padding included."""
    batch: list[int] = []
    for i in order:
        tokens = (len(batch) + 1) * (max(len(rows[j]) for j in (*batch, i)) + budgets[i])
        if batch and (len(batch) == MAX_BATCH or tokens > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


@torch.inference_mode()
def _generate(model: Any, rows: list[list[int]], budgets: Sequence[int], stop_ids: frozenset[int]) -> list[list[int]]:
    """Greedy continuation of every row, within its budget. Finished rows leave the batch, which shrinks."""
    shared = _shared_beginning(rows)
    cache = _read_once(model, rows[0][:shared], len(rows)) if shared else None
    rest = [row[shared:] for row in rows]
    width = max(map(len, rest))
    pads = [width - len(row) for row in rest]
    ids_BT = torch.tensor([[0] * pad + row for pad, row in zip(pads, rest, strict=True)], device=model.device)
    mask_BT = torch.tensor([[1] * shared + [0] * pad + [1] * (width - pad) for pad in pads], device=model.device)
    positions_BT = (mask_BT.cumsum(-1) - 1).clamp(min=0)[:, shared:]
    answers: list[list[int]] = [[] for _ in rows]
    active = list(range(len(rows)))
    for _ in range(max(budgets)):
        output = model(
            input_ids=ids_BT,
            attention_mask=mask_BT,
            position_ids=positions_BT,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        cache = output.past_key_values
        tokens_B = output.logits[:, -1].argmax(-1)
        for row, token in zip(active, tokens_B.tolist(), strict=True):
            answers[row].append(token)
        going = [n for n, row in enumerate(active) if _goes_on(answers[row], budgets[row], stop_ids)]
        if not going:
            break
        if len(going) <= 0.75 * len(active):
            keep_B = torch.tensor(going, device=model.device)
            cache.batch_select_indices(keep_B)
            tokens_B, mask_BT, positions_BT = tokens_B[keep_B], mask_BT[keep_B], positions_BT[keep_B]
            active = [active[n] for n in going]
        ids_BT = tokens_B[:, None]
        mask_BT = torch.cat([mask_BT, mask_BT.new_ones(len(active), 1)], dim=1)
        positions_BT = positions_BT[:, -1:] + 1
    return [_until_stop(answer[:budget], stop_ids) for answer, budget in zip(answers, budgets, strict=True)]


def _shared_beginning(rows: Sequence[list[int]]) -> int:
    """How many tokens all rows begin with, such as a system prompt; 0 when reading them once saves next to nothing.
    The last token of a row stays its own: what follows it is asked for."""
    first, last = min(rows), max(rows)  # what these two share in order, all between them share
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    shared = min(alike, min(map(len, rows)) - 1)
    return shared if len(rows) > 1 and shared >= WORTH_SHARING else 0


def _read_once(model: Any, ids: list[int], times: int) -> Any:
    """The cache of a batch in which each of `times` rows begins with `ids`."""
    read = model(input_ids=torch.tensor([ids], device=model.device), use_cache=True, logits_to_keep=1)
    read.past_key_values.batch_repeat_interleave(times)
    return read.past_key_values


def _goes_on(ids: list[int], budget: int, stop_ids: frozenset[int]) -> bool:
    return len(ids) < budget and stop_ids.isdisjoint(ids)


def _until_stop(ids: list[int], stop_ids: frozenset[int]) -> list[int]:
    return next((ids[:n] for n, token in enumerate(ids) if token in stop_ids), ids)


def _pick(logits_V: torch.Tensor, temperature: float, top_p: float, generator: torch.Generator) -> int:
    if temperature <= 0:
        return int(logits_V.argmax())
    probs_V, order_V = (logits_V / temperature).softmax(-1).sort(descending=True)
    probs_V[probs_V.cumsum(-1) - probs_V >= top_p] = 0.0
    return int(order_V[torch.multinomial(probs_V, 1, generator=generator)])
