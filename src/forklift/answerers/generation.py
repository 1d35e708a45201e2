"""Generation in batches: greedy for tests, sampled for rollouts; each row has its own budget and end.

Prompts are read a few of similar length at a time, what they all begin with once, then all rows of a batch go on
together. Finished rows leave the batch. What is sampled for a row depends on the seed, the row's place and the model
alone, not on the rows that share its batch.
"""

import copy
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

import torch
from torch.nn.functional import pad
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer

from forklift.answerers.wishes import GREEDY, Decoding
from forklift.engine import Report, silent

MAX_BATCH = 64  # rows
CACHE_BYTES = 1 << 30  # of the keys and values of a batch, which bounds the memory
READ_TOKENS = 2048  # of prompts in one step, padding included: what a step makes stays near the processor
ON_GPU = 4  # times as much of these three on a GPU
WORTH_SHARING = 8  # tokens
LIKELY = 1024  # tokens among which nearly every draw falls
SHRINK = 0.75  # share of the rows that still go on, from which on the others are taken out of the batch


Prompt = tuple[int, ...]
"""Token ids."""


@torch.inference_mode()
def generate(
    model: Any,
    rows: Sequence[Sequence[int]],
    budgets: Sequence[int],
    stop_ids: frozenset[int],
    decoding: Decoding = GREEDY,
    report: Report = silent,
    what: str = "generating",
) -> list[list[int]]:
    """How `model` goes on after each row of token ids, in order: at most its budget, through its stop token if it
    comes to one.

    `model`: a causal language model of transformers in eval mode. `report` is told `what`, after each batch. Equal rows
    are read once; to draw several continuations of a prompt, repeat its row.
    """
    drawn_BT = _uniforms(len(rows), max(budgets, default=0), decoding)
    answers: list[list[int]] = [[] for _ in rows]
    prompts = [tuple(row) for row in rows]
    asked = [i for i in range(len(rows)) if budgets[i] > 0]
    order = sorted(asked, key=lambda i: (budgets[i], len(prompts[i]), prompts[i]))
    done = len(rows) - len(order)
    scale = _scale(model)
    most_tokens = scale * CACHE_BYTES // token_bytes(model)
    for batch in batches(order, [len(row) for row in rows], budgets, most_tokens, scale * MAX_BATCH):
        limits = [budgets[i] for i in batch]
        continued = _continue(model, [prompts[i] for i in batch], limits, stop_ids, decoding, drawn_BT[batch])
        for i, ids in zip(batch, continued, strict=True):
            answers[i] = ids
        done += len(batch)
        report(what, done, len(rows))
    return answers


def _scale(model: Any) -> int:
    return ON_GPU if model.device.type == "cuda" else 1


def batches(
    order: Sequence[int], lengths: Sequence[int], budgets: Sequence[int], most_tokens: int, most_rows: int
) -> Iterator[list[int]]:
    """Consecutive rows of `order`, each batch within `most_rows` and `most_tokens`, padding and answers included."""
    batch: list[int] = []
    longest = budget = 0
    for i in order:
        longest, budget = max(longest, lengths[i]), max(budget, budgets[i])
        if batch and (len(batch) == most_rows or (len(batch) + 1) * (longest + budget) > most_tokens):
            yield batch
            batch, longest, budget = [], lengths[i], budgets[i]
        batch.append(i)
    if batch:
        yield batch


def token_bytes(model: Any) -> int:
    """What the keys and values of one token take in all layers."""
    config = model.config.get_text_config()
    heads, size = key_shape(config)
    return int(2 * config.num_hidden_layers * heads * size * model.dtype.itemsize)


def key_shape(config: Any) -> tuple[int, int]:
    """How many key heads a model has, and their size."""
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return int(heads), int(size)


def _uniforms(rows: int, tokens: int, decoding: Decoding) -> torch.Tensor:
    """A number from [0, 1) for every token that may be drawn."""
    if decoding.temperature <= 0:
        return torch.empty(rows, 0)
    return torch.rand(rows, tokens, generator=torch.Generator().manual_seed(decoding.seed))


def _continue(
    model: Any,
    rows: Sequence[Prompt],
    budgets: Sequence[int],
    stop_ids: frozenset[int],
    decoding: Decoding,
    drawn_BT: torch.Tensor,
) -> list[list[int]]:
    """One batch of `generate`."""
    active, logits_BV, cache, mask_BT = _read(model, rows, max(budgets))
    positions_B = mask_BT.sum(-1)
    answers: list[list[int]] = [[] for _ in rows]
    for step in range(max(budgets)):
        tokens_B = choose(logits_BV.float(), decoding, drawn_BT[active, step] if drawn_BT.numel() else None)
        for row, token in zip(active, tokens_B.tolist(), strict=True):
            answers[row].append(token)
        going = [n for n, row in enumerate(active) if _goes_on(answers[row], budgets[row], stop_ids)]
        if not going:
            break
        if len(going) <= SHRINK * len(active):
            keep_B = torch.tensor(going, device=model.device)
            cache.batch_select_indices(keep_B)
            tokens_B, mask_BT, positions_B = tokens_B[keep_B], mask_BT[keep_B], positions_B[keep_B]
            active = [active[n] for n in going]
        mask_BT = torch.cat([mask_BT, mask_BT.new_ones(len(active), 1)], dim=1)
        logits_BV = _forward(model, tokens_B[:, None], mask_BT, positions_B[:, None], cache)
        positions_B = positions_B + 1
    return [_through_stop(ids[:budget], stop_ids) for ids, budget in zip(answers, budgets, strict=True)]


def choose(logits_BV: torch.Tensor, decoding: Decoding, drawn_B: torch.Tensor | None) -> torch.Tensor:
    """The next token of each row. `drawn_B`: a number from [0, 1) for each, which temperature 0 does without."""
    if decoding.temperature <= 0 or drawn_B is None:
        return logits_BV.argmax(-1)
    probs_BV = (logits_BV / decoding.temperature).softmax(-1)
    if decoding.top_p >= 1:
        return _draw(probs_BV, drawn_B)
    likely_BK, order_BK = _likeliest(probs_BV, decoding.top_p)
    likely_BK[likely_BK.cumsum(-1) - likely_BK >= decoding.top_p] = 0.0
    return order_BK.gather(-1, _draw(likely_BK, drawn_B)[:, None])[:, 0]


def _likeliest(probs_BV: torch.Tensor, share: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Probabilities in descending order with their tokens: as many as make up `share` in every row, or more.

    Where a few do, they are found first, because sorting a whole vocabulary takes milliseconds.
    """
    if probs_BV.shape[-1] > LIKELY:
        tokens_BK = probs_BV.topk(LIKELY, sorted=False).indices.sort(-1).values  # equal ones stay in their order
        few_BK, order_BK = probs_BV.gather(-1, tokens_BK).sort(descending=True, stable=True)
        if bool((few_BK.sum(-1) > share).all()):
            return few_BK, tokens_BK.gather(-1, order_BK)
    return probs_BV.sort(descending=True, stable=True)


def _draw(probs_BV: torch.Tensor, drawn_B: torch.Tensor) -> torch.Tensor:
    """The token at which the summed probability first exceeds the drawn share of all."""
    sums_BV = probs_BV.cumsum(-1)
    wanted_B1 = drawn_B.to(probs_BV.device)[:, None] * sums_BV[:, -1:]
    last_B = sums_BV.argmax(-1)  # the first to reach the whole sum: beyond it there is nothing to draw
    return torch.minimum(torch.searchsorted(sums_BV, wanted_B1, right=True)[:, 0], last_B)


def _forward(
    model: Any, ids_BT: torch.Tensor, mask_BT: torch.Tensor, positions_BT: torch.Tensor, cache: Any
) -> torch.Tensor:
    """Logits after the last token of each row; the cache grows."""
    output = model(
        input_ids=ids_BT,
        attention_mask=mask_BT,
        position_ids=positions_BT,
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    return output.logits[:, -1]


# reading prompts


def _read(model: Any, rows: Sequence[Prompt], max_tokens: int) -> tuple[list[int], torch.Tensor, Cache, torch.Tensor]:
    """Reads a batch; equal rows once, and what all begin with once.

    Returns the rows' numbers in the order of the batch, the logits after each, their cache with room for `max_tokens`
    more, and the mask of what is no padding.
    """
    numbers: dict[Prompt, list[int]] = {}
    for n, row in enumerate(rows):
        numbers.setdefault(row, []).append(n)
    distinct = sorted(numbers, key=len)
    beginning = distinct[0][: shared_beginning(distinct)]
    before = _beginning(model, beginning)
    plain = all(type(layer) is DynamicLayer for layer in DynamicCache(config=model.config).layers)
    parts = [
        _read_part(model, part, len(beginning), copy.deepcopy(before))
        for part in _parts(distinct, _scale(model) * READ_TOKENS if plain else sum(map(len, rows)) * len(rows))
    ]
    repeats_B = torch.tensor([len(numbers[row]) for row in distinct], device=model.device)
    width = max(mask_BT.shape[1] for _, _, mask_BT in parts)
    masks = [pad(mask_BT, (width - mask_BT.shape[1], 0)) for _, _, mask_BT in parts]
    caches = [cache for _, cache, _ in parts]
    if plain:
        cache = _with_room([cache.layers for cache in caches], repeats_B, width, max_tokens)
    else:
        (cache,) = caches
        cache.batch_select_indices(torch.arange(len(distinct), device=model.device).repeat_interleave(repeats_B))
    logits_BV = torch.cat([logits_BV for logits_BV, _, _ in parts]).repeat_interleave(repeats_B, dim=0)
    mask_BT = torch.cat(masks).repeat_interleave(repeats_B, dim=0)
    return [n for row in distinct for n in numbers[row]], logits_BV, cache, mask_BT


def _beginning(model: Any, ids: Sequence[int]) -> Cache:
    """The cache of a single row that begins with `ids`."""
    cache = DynamicCache(config=model.config)
    if ids:
        model(input_ids=torch.tensor([[*ids]], device=model.device), past_key_values=cache, logits_to_keep=1)
    return cache


def _read_part(
    model: Any, rows: Sequence[Prompt], shared: int, cache: Cache
) -> tuple[torch.Tensor, Cache, torch.Tensor]:
    """Logits after each row, their cache and mask. `cache` holds the first `shared` tokens; padding comes next."""
    if shared:
        cache.batch_repeat_interleave(len(rows))
    width = max(map(len, rows))
    pads = [width - len(row) for row in rows]
    ids_BT = torch.tensor([[0] * n + [*row[shared:]] for n, row in zip(pads, rows, strict=True)], device=model.device)
    mask_BT = torch.tensor([[1] * shared + [0] * n + [1] * (width - shared - n) for n in pads], device=model.device)
    positions_BT = (mask_BT.cumsum(-1) - 1).clamp(min=0)[:, shared:]
    return _forward(model, ids_BT, mask_BT, positions_BT, cache), cache, mask_BT


def _parts(rows: Sequence[Prompt], most_tokens: int) -> list[list[Prompt]]:
    """Consecutive rows, of which each is at least as long as the last, within `most_tokens`, padding included."""
    parts: list[list[Prompt]] = []
    for row in rows:
        if not parts or (len(parts[-1]) + 1) * len(row) > most_tokens:
            parts.append([])
        parts[-1].append(row)
    return parts


def shared_beginning(rows: Sequence[Prompt]) -> int:
    """How many tokens all rows begin with, such as a system prompt; 0 when reading them once saves next to nothing.
    The last token of a row stays its own: what follows it is asked for."""
    first, last = min(rows), max(rows)  # what these two share in order, all between them share
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    shared = min(alike, min(map(len, rows)) - 1)
    return shared if len(rows) > 1 and shared >= WORTH_SHARING else 0


# keys and values


class _RoomyLayer(DynamicLayer):
    """Keys and values with room to grow: a token is written to its place, and none before it is copied."""

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, length: int) -> None:
        """`keys`, `values`: batch, heads, room, size; `length` tokens of the room are taken."""
        super().__init__()
        self.lazy_initialization(keys, values)
        self.key_room, self.value_room = keys, values
        self._take(length)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_args: Any, **_kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        start, end = self.length, self.length + key_states.shape[-2]
        self.key_room[:, :, start:end] = key_states
        self.value_room[:, :, start:end] = value_states
        return self._take(end)

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        self.key_room, self.value_room = self.key_room[indices], self.value_room[indices]
        self._take(self.length)

    def _take(self, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        keys, values = self.key_room[:, :, :length], self.value_room[:, :, :length]
        self.length, self.keys, self.values = length, keys, values
        return keys, values


def _with_room(parts: Sequence[Sequence[Any]], repeats_B: torch.Tensor, width: int, more: int) -> Cache:
    """One cache of the layers of several: rows one under the other, padded in front to `width`, each repeated."""

    def joined(states: Sequence[torch.Tensor]) -> torch.Tensor:
        wide = [pad(each, (0, 0, width - each.shape[2], more)) for each in states]
        return torch.cat(wide).repeat_interleave(repeats_B, dim=0)

    return Cache(
        layers=[
            _RoomyLayer(joined([each.keys for each in same]), joined([each.values for each in same]), width)
            for same in zip(*parts, strict=True)
        ]
    )


def _goes_on(ids: list[int], budget: int, stop_ids: frozenset[int]) -> bool:
    return len(ids) < budget and stop_ids.isdisjoint(ids)


def _through_stop(ids: list[int], stop_ids: frozenset[int]) -> list[int]:
    return next((ids[: n + 1] for n, token in enumerate(ids) if token in stop_ids), ids)
