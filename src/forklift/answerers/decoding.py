"""Compiled: one thread's part of a step of a Decoder.

All layers and the logits are one call. Each thread runs it for its share of the outputs of every product, and waits for
the others before what they made is read. Weights are bf16, as their bits, or float32; sums are float32. A product
takes as long as bringing its weights from memory.
"""

from collections.abc import Callable
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


def compile_step(weight: type[np.generic]) -> Code:
    """`_step` for weights of this type, from the cache of numba where an earlier process compiled it."""
    each = types.uint16 if weight is np.uint16 else types.float32
    i, f = types.int64, types.float32
    arrays = [
        i[:, ::1],
        f[:, ::1],
        f[::1],
        each[:, ::1],
        each[:, :, :, :, :, ::1],
        i[::1],
        i[::1],
        f[:, ::1],
        f[:, ::1],
    ]
    made = [f[:, ::1], f[:, :, ::1], f[:, ::1], f[:, ::1], f[:, ::1], i[::1]]
    _step.compile(types.void(*arrays, types.boolean, f, *made, i, i))
    return _step


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
    """Adds one to the only number in `arrived`. What this thread has written before is seen by those that see that."""

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
def _wait(arrived: Any, wanted: int) -> None:
    """Until `wanted` arrivals."""
    _arrive(arrived)
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
def _exp(x: Any) -> Any:
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
        scores_T[t] = _exp(scores_T[t] - top)
        total += scores_T[t]
    out[:] = _float(0)
    for t in range(end):
        share, value = scores_T[t] / total, values_TGD[t, group]
        for n in range(len(q)):
            out[n] += share * _wide(value[n])


# the model


@njit(cache=True, nogil=True, fastmath=True)
def _step(
    addresses_LM: Any,  # of the seven matrices of each layer
    vectors_LW: Any,  # norms before attention and MLP, biases of queries, keys and values, norms of heads
    norm_H: Any,
    head_VH: Any,
    store_L2PTGD: Any,
    slots_R: Any,
    positions_R: Any,
    cosines_RD: Any,
    sines_RD: Any,
    norms_heads: bool,
    epsilon: Any,
    x_RH: Any,  # what comes; the rest is made here
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
    at_head_norms = 2 * hidden + (heads + 2 * groups) * size
    normed_RH, head_RD = np.empty_like(x_RH), np.empty((rows, size), np.float32)
    scores_T = np.empty(store_L2PTGD.shape[3], np.float32)
    waited = 0
    for layer in range(len(vectors_LW)):
        vectors = vectors_LW[layer]
        q = carray(_pointer(addresses_LM[layer, 0], head_VH), heads * size * hidden)
        k = carray(_pointer(addresses_LM[layer, 1], head_VH), groups * size * hidden)
        v = carray(_pointer(addresses_LM[layer, 2], head_VH), groups * size * hidden)
        o = carray(_pointer(addresses_LM[layer, 3], head_VH), hidden * heads * size)
        gate = carray(_pointer(addresses_LM[layer, 4], head_VH), inner * hidden)
        up = carray(_pointer(addresses_LM[layer, 5], head_VH), inner * hidden)
        down = carray(_pointer(addresses_LM[layer, 6], head_VH), hidden * inner)
        for r in range(rows):
            _norm(x_RH[r], vectors, 0, epsilon, normed_RH[r])
        for head in _share(heads + 2 * groups, thread, threads):
            if head < heads:
                weights, own = q, head
            elif head < heads + groups:
                weights, own = k, head - heads
            else:
                weights, own = v, head - heads - groups
            for n in range(size):
                bias = vectors[2 * hidden + head * size + n]
                for r in range(rows):
                    head_RD[r, n] = _dot(normed_RH[r], weights, (own * size + n) * hidden) + bias
            for r in range(rows):
                if head < heads + groups:
                    if norms_heads:
                        start = at_head_norms if head < heads else at_head_norms + size
                        _norm(head_RD[r], vectors, start, epsilon, head_RD[r])
                    _rotate(head_RD[r], cosines_RD[r], sines_RD[r])
                if head < heads:
                    q_RQD[r, head] = head_RD[r]
                else:
                    kind = 0 if head < heads + groups else 1
                    _keep(store_L2PTGD[layer, kind, slots_R[r], positions_R[r], own], head_RD[r])
        waited += threads
        _wait(arrived, waited)
        for number in _share(rows * heads, thread, threads):
            r, head = number // heads, number % heads
            keys, values = store_L2PTGD[layer, 0, slots_R[r]], store_L2PTGD[layer, 1, slots_R[r]]
            out = mixed_RA[r, head * size : (head + 1) * size]
            _attend(q_RQD[r, head], keys, values, head * groups // heads, positions_R[r] + 1, scores_T, out)
        waited += threads
        _wait(arrived, waited)
        for n in _share(hidden, thread, threads):
            for r in range(rows):
                x_RH[r, n] += _dot(mixed_RA[r], o, n * heads * size)
        waited += threads
        _wait(arrived, waited)
        for r in range(rows):
            _norm(x_RH[r], vectors, hidden, epsilon, normed_RH[r])
        for n in _share(inner, thread, threads):
            for r in range(rows):
                opened = _dot(normed_RH[r], gate, n * hidden)
                inner_RI[r, n] = opened / (_float(1) + _exp(-opened)) * _dot(normed_RH[r], up, n * hidden)
        waited += threads
        _wait(arrived, waited)
        for n in _share(hidden, thread, threads):
            for r in range(rows):
                x_RH[r, n] += _dot(inner_RI[r], down, n * inner)
        waited += threads
        _wait(arrived, waited)
    for r in range(rows):
        _norm(x_RH[r], norm_H, 0, epsilon, normed_RH[r])
    for n in _share(len(head_VH), thread, threads):
        for r in range(rows):
            logits_RV[r, n] = _dot(normed_RH[r], head_VH[n], 0)
