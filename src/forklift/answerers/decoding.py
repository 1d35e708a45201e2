"""Compiled: one thread's part of a step of a Decoder.

All layers and the logits are one call. Each thread runs it for its share of the outputs of every product, and waits for
the others before what they made is read. Weights, and keys and values, are bf16, as their bits, or float32; sums are
float32. A product takes as long as bringing its weights from memory.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numba import extending, njit, types
from numba.np.numpy_support import carray

Code = Callable[..., Any]

_SPINS = 2000  # before a thread that waits lets others run
_give_way = types.ExternalFunction("sched_yield", types.int32())
_float = np.float32


def _compiled(function: Code) -> Code:
    return njit(nogil=True, fastmath=True)(function)


def _intrinsic(function: Code) -> Code:
    return extending.intrinsic(function)


def compile_step(weight: type[np.generic], kept: type[np.generic]) -> Code:
    """`_step` for weights, and keys and values, of these types of numpy; from the cache of numba where an earlier
    process compiled it."""
    matrix, store = (types.uint16 if each is np.uint16 else types.float32 for each in (weight, kept))
    i, f = types.int64, types.float32
    model = (i[:, ::1], f[:, ::1], f[::1], matrix[:, ::1], types.boolean, f)
    rows = (store[:, :, :, :, :, ::1], i[::1], i[::1], f[:, ::1], f[:, ::1], f[:, ::1])
    made = (f[:, :, ::1], f[:, ::1], f[:, ::1], f[:, ::1], i[::1])
    _step.compile(types.void(*model, *rows, *made, i, i))
    return _step


def is_kept() -> bool:
    """Whether an earlier process left code in the cache of numba since this file was changed."""
    changed = Path(__file__).stat().st_mtime
    kept = Path(str(_step.stats.cache_path)).glob(f"{Path(__file__).stem}._step-*.nbi")
    return any(file.stat().st_mtime > changed for file in kept)


# memory


@_intrinsic
def _pointer(_context: Any, address: Any, like: Any) -> Any:
    """To what is at `address`, numbers of the type of those in the array `like`."""
    target = types.CPointer(like.dtype)

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(target))

    return target(address, like), generate


@_intrinsic
def _arrive(_context: Any, arrived: Any) -> Any:
    """Adds one to the only number in `arrived`, returns what it was. Who sees that sees what this thread wrote."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.atomic_rmw("add", data, context.get_constant(types.int64, 1), "seq_cst")

    return types.int64(arrived), generate


@_intrinsic
def _arrivals(_context: Any, arrived: Any) -> Any:
    """The only number in `arrived`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.load_atomic(data, "seq_cst", 8)

    return types.int64(arrived), generate


@_compiled
def _wait(arrived: Any, threads: int) -> None:
    """Until all threads have come here."""
    wanted = (_arrive(arrived) // threads + 1) * threads
    spins = 0
    while _arrivals(arrived) < wanted:
        spins += 1
        if spins > _SPINS:
            _give_way()


@_compiled
def _share(count: int, thread: int, threads: int) -> Any:
    """Which of `count` outputs a thread makes."""
    return range(count * thread // threads, count * (thread + 1) // threads)


def _wide(number: Any) -> Any:
    """A weight as float32: itself, or what bits of bf16 stand for."""


@extending.overload(_wide, jit_options={"fastmath": True})
def _wide_overload(number: Any) -> Any:
    def bits(number: Any) -> Any:
        return np.uint32(np.uint32(number) << np.uint32(16)).view(np.float32)

    def same(number: Any) -> Any:
        return number

    return bits if number == types.uint16 else same


def _keep(place: Any, numbers: Any) -> Any:
    """Writes float32 `numbers` to `place`, for bf16 rounded to even."""


@extending.overload(_keep)
def _keep_overload(place: Any, numbers: Any) -> Any:  # noqa: ARG001
    def bits(place: Any, numbers: Any) -> Any:
        for n in range(len(numbers)):
            wide = np.float32(numbers[n]).view(np.uint32)
            place[n] = (wide + np.uint32(0x7FFF) + ((wide >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)

    def same(place: Any, numbers: Any) -> Any:
        place[:] = numbers

    return bits if place.dtype == types.uint16 else same


# mathematics


@_compiled
def _dot(x: Any, weights: Any, start: int) -> Any:
    row = weights[start : start + len(x)]  # an index from 0 on is never negative, which lets the compiler vectorise
    total = _float(0)
    for n in range(len(x)):
        total += x[n] * _wide(row[n])
    return total


@_compiled
def exp(x: Any) -> Any:
    """e^x within 1e-6 of it, by the polynomial of Cephes, which the compiler can vectorise."""
    x = min(max(x, _float(-87)), _float(88))
    whole = np.floor(x * _float(1.44269504) + _float(0.5))
    x -= whole * _float(0.693147181)
    y = _float(1.9875691500e-4)
    y = y * x + _float(1.3981999507e-3)
    y = y * x + _float(8.3334519073e-3)
    y = y * x + _float(4.1665795894e-2)
    y = y * x + _float(1.6666665459e-1)
    y = y * x + _float(5.0000001201e-1)
    y = y * x * x + x + _float(1)
    return y * np.uint32((np.int32(whole) + np.int32(127)) << np.int32(23)).view(np.float32)


@_compiled
def _norm(x: Any, weights: Any, start: int, epsilon: Any, out: Any) -> None:
    """Root mean square normalisation."""
    row = weights[start : start + len(x)]
    squares = _float(0)
    for n in range(len(x)):
        squares += x[n] * x[n]
    factor = _float(1) / np.sqrt(squares / _float(len(x)) + epsilon)
    for n in range(len(x)):
        out[n] = x[n] * factor * row[n]


@_compiled
def _rotate(x: Any, cosines: Any, sines: Any) -> None:
    half = len(x) // 2
    for n in range(half):
        a, b = x[n], x[n + half]
        x[n] = a * cosines[n] - b * sines[n]
        x[n + half] = b * cosines[n] + a * sines[n]


@_compiled
def _attend(q: Any, keys_TGD: Any, values_TGD: Any, group: int, end: int, scores_T: Any, out: Any) -> None:
    """Softmax of the products of `q` with the first `end` keys of a group, times their values."""
    scale = _float(1) / np.sqrt(_float(len(q)))
    for t in range(end):
        scores_T[t] = _dot(q, keys_TGD[t, group], 0) * scale
    top = scores_T[0]
    for t in range(end):
        top = max(top, scores_T[t])
    total = _float(0)
    for t in range(end):
        scores_T[t] = exp(scores_T[t] - top)
        total += scores_T[t]
    out[:] = _float(0)
    for t in range(end):
        share, value = scores_T[t] / total, values_TGD[t, group]
        for n in range(len(q)):
            out[n] += share * _wide(value[n])


# the model: each thread makes its share


@_compiled
def _norm_rows(x_RH: Any, vectors: Any, start: int, epsilon: Any, out_RH: Any) -> None:
    for r in range(len(x_RH)):
        _norm(x_RH[r], vectors, start, epsilon, out_RH[r])


@_compiled
def _add_products(x_RN: Any, weights: Any, out_RM: Any, thread: int, threads: int) -> None:
    size = x_RN.shape[1]
    for m in _share(out_RM.shape[1], thread, threads):
        for r in range(len(x_RN)):
            out_RM[r, m] += _dot(x_RN[r], weights, m * size)


@_compiled
def _gate(x_RH: Any, gate: Any, up: Any, out_RI: Any, thread: int, threads: int) -> None:
    """silu(gate x) * up x."""
    size = x_RH.shape[1]
    for n in _share(out_RI.shape[1], thread, threads):
        for r in range(len(x_RH)):
            opened = _dot(x_RH[r], gate, n * size)
            out_RI[r, n] = opened / (_float(1) + exp(-opened)) * _dot(x_RH[r], up, n * size)


@_compiled
def _make_head(
    x_RH: Any, weights: Any, own: int, vectors: Any, at_bias: int, at_norm: int, epsilon: Any, out_RD: Any
) -> None:
    """One head of queries, keys or values: number `own` of `weights`. Without a norm for `at_norm` < 0."""
    rows, size = out_RD.shape
    for n in range(size):
        for r in range(rows):
            out_RD[r, n] = _dot(x_RH[r], weights, (own * size + n) * x_RH.shape[1]) + vectors[at_bias + n]
    if at_norm >= 0:
        for r in range(rows):
            _norm(out_RD[r], vectors, at_norm, epsilon, out_RD[r])


@_compiled
def _attend_rows(
    q_RQD: Any, store_2PTGD: Any, slots_R: Any, positions_R: Any, scores_T: Any, out_RA: Any, thread: int, threads: int
) -> None:
    rows, heads, size = q_RQD.shape
    groups = store_2PTGD.shape[3]
    for number in _share(rows * heads, thread, threads):
        r, head = number // heads, number % heads
        keys_TGD, values_TGD = store_2PTGD[0, slots_R[r]], store_2PTGD[1, slots_R[r]]
        out = out_RA[r, head * size : (head + 1) * size]
        _attend(q_RQD[r, head], keys_TGD, values_TGD, head * groups // heads, positions_R[r] + 1, scores_T, out)


@njit(cache=True, nogil=True, fastmath=True)
def _step(
    addresses_LM: Any,  # of the seven matrices of each layer
    vectors_LW: Any,  # norms before attention and MLP, biases of queries, keys and values, norms of heads
    norm_H: Any,
    head_VH: Any,
    norms_heads: bool,
    epsilon: Any,
    store_L2PTGD: Any,
    slots_R: Any,
    positions_R: Any,
    cosines_RD: Any,
    sines_RD: Any,
    x_RH: Any,  # the embeddings; what follows is made here
    q_RQD: Any,
    mixed_RA: Any,
    inner_RI: Any,
    logits_RV: Any,
    arrived: Any,
    threads: int,
    thread: int,
) -> None:
    rows, hidden = x_RH.shape
    heads, size = q_RQD.shape[1:]
    groups, inner = store_L2PTGD.shape[4], inner_RI.shape[1]
    every = heads + 2 * groups
    normed_RH, head_RD = np.empty_like(x_RH), np.empty((rows, size), np.float32)
    scores_T = np.empty(store_L2PTGD.shape[3], np.float32)
    for layer in range(len(vectors_LW)):
        vectors = vectors_LW[layer]
        q = carray(_pointer(addresses_LM[layer, 0], head_VH), heads * size * hidden)
        k = carray(_pointer(addresses_LM[layer, 1], head_VH), groups * size * hidden)
        v = carray(_pointer(addresses_LM[layer, 2], head_VH), groups * size * hidden)
        o = carray(_pointer(addresses_LM[layer, 3], head_VH), hidden * heads * size)
        gate = carray(_pointer(addresses_LM[layer, 4], head_VH), inner * hidden)
        up = carray(_pointer(addresses_LM[layer, 5], head_VH), inner * hidden)
        down = carray(_pointer(addresses_LM[layer, 6], head_VH), hidden * inner)

        _norm_rows(x_RH, vectors, 0, epsilon, normed_RH)
        for head in _share(every, thread, threads):
            kind = 0 if head < heads else 1 if head < heads + groups else 2
            own = head - (0, heads, heads + groups)[kind]
            at_norm = 2 * hidden + (every + kind) * size if norms_heads and kind < 2 else -1
            weights = q if kind == 0 else k if kind == 1 else v
            _make_head(normed_RH, weights, own, vectors, 2 * hidden + head * size, at_norm, epsilon, head_RD)
            for r in range(rows):
                if kind < 2:
                    _rotate(head_RD[r], cosines_RD[r], sines_RD[r])
                if kind == 0:
                    q_RQD[r, own] = head_RD[r]
                else:
                    _keep(store_L2PTGD[layer, kind - 1, slots_R[r], positions_R[r], own], head_RD[r])
        _wait(arrived, threads)
        _attend_rows(q_RQD, store_L2PTGD[layer], slots_R, positions_R, scores_T, mixed_RA, thread, threads)
        _wait(arrived, threads)
        _add_products(mixed_RA, o, x_RH, thread, threads)
        _wait(arrived, threads)
        _norm_rows(x_RH, vectors, hidden, epsilon, normed_RH)
        _gate(normed_RH, gate, up, inner_RI, thread, threads)
        _wait(arrived, threads)
        _add_products(inner_RI, down, x_RH, thread, threads)
        _wait(arrived, threads)
    _norm_rows(x_RH, norm_H, 0, epsilon, normed_RH)
    for n in _share(len(head_VH), thread, threads):
        for r in range(rows):
            logits_RV[r, n] = _dot(normed_RH[r], head_VH[n], 0)
