"""Compiled: attention by rows, forward and backward (see compiled.py).

Rows (R) of a batch lie side by side, N tokens in all; `ends` says where each begins. Queries, keys and values of all
heads are W numbers side by side, and what is seen is H wide. Threads take the tokens of one row and the query heads
that share a key head.
"""

from typing import Any

import numpy as np
from numba import prange

from forklift.answerers.decoding import exp
from forklift.train.compiled import compiled, inlined, parallel, short, wide

_float = np.float32


@inlined
def _turned(row: Any, start: int, cosines: Any, sines: Any, scale: Any, out: Any) -> None:
    """A head of a token at its place (Su et al. 2021): each number with the one half a head later."""
    half = len(cosines)
    first, second = row[start : start + half], row[start + half : start + 2 * half]
    for d in range(half):
        out[d] = (wide(first[d]) * cosines[d] - wide(second[d]) * sines[d]) * scale
        out[half + d] = (wide(second[d]) * cosines[d] + wide(first[d]) * sines[d]) * scale


@inlined
def _turned_back(gradient: Any, cosines: Any, sines: Any, scale: Any, row: Any, start: int) -> None:
    half = len(cosines)
    first, second = row[start : start + half], row[start + half : start + 2 * half]
    for d in range(half):
        first[d] = short((gradient[d] * cosines[d] + gradient[half + d] * sines[d]) * scale)
        second[d] = short((gradient[half + d] * cosines[d] - gradient[d] * sines[d]) * scale)


@inlined
def _widened(row: Any, start: int, out: Any) -> None:
    part = row[start : start + len(out)]
    for d in range(len(out)):
        out[d] = wide(part[d])


@inlined
def _dot(a: Any, b: Any) -> Any:
    total = _float(0)
    for d in range(len(a)):
        total += a[d] * b[d]
    return total


@inlined
def _add(share: Any, x: Any, to: Any) -> None:
    for d in range(len(to)):
        to[d] += share * x[d]


@inlined
def _keys_and_values(
    qkv_NW: Any, cosines_ND: Any, sines_ND: Any, first: int, start: int, further: int, keys: Any, values: Any
) -> None:
    """Those of one head for the tokens of a row, from `first` on; keys begin at `start`, values so much further."""
    for t in range(len(keys)):
        n = first + t
        _turned(qkv_NW[n], start, cosines_ND[n], sines_ND[n], _float(1), keys[t])
        _widened(qkv_NW[n], start + further, values[t])


@inlined
def _attended(q: Any, keys: Any, values: Any, end: int, weights: Any, seen: Any) -> Any:
    """What a query sees of the first `end` tokens, but for what softmax divides by; returns the highest product and
    that divisor."""
    highest, total = _float(-np.inf), _float(0)
    for s in range(end):
        weights[s] = _dot(q, keys[s])
        highest = max(highest, weights[s])
    for s in range(end):
        weights[s] = exp(weights[s] - highest)
        total += weights[s]
    seen[:] = _float(0)
    for s in range(end):
        _add(weights[s], values[s], seen)
    return highest, total


@inlined
def _attended_backward(
    q: Any, keys: Any, values: Any, end: int, total: Any, wanted: Any, mean: Any, weights: Any, gradients: Any,
    of_q: Any, of_keys: Any, of_values: Any,
) -> None:  # fmt: skip
    """Adds to the gradients of keys and values, and makes that of the query. `total`: see `attend`; `mean`: of the
    products of `wanted` with the values, by their weights."""
    for s in range(end):
        weights[s] = _dot(q, keys[s])
        gradients[s] = _dot(wanted, values[s])
    for s in range(end):
        weights[s] = exp(weights[s] - total)
        gradients[s] = weights[s] * (gradients[s] - mean)
    of_q[:] = _float(0)
    for s in range(end):
        _add(gradients[s], keys[s], of_q)
        _add(gradients[s], q, of_keys[s])
        _add(weights[s], wanted, of_values[s])


@compiled
def _attend(
    qkv_NW: Any, cosines_ND: Any, sines_ND: Any, first: int, end: int, group: int, groups: int, scale: Any,
    out_NH: Any, sums_QN: Any,
) -> None:  # fmt: skip
    """Of the tokens of one row, and the query heads of one group."""
    size, count, width = 2 * cosines_ND.shape[1], end - first, out_NH.shape[1]
    share = width // (groups * size)
    q, seen = np.empty(size, np.float32), np.empty(size, np.float32)
    keys, values = np.empty((count, size), np.float32), np.empty((count, size), np.float32)
    weights = np.empty(count, np.float32)
    _keys_and_values(qkv_NW, cosines_ND, sines_ND, first, width + group * size, groups * size, keys, values)
    for t in range(count):
        n = first + t
        for head in range(group * share, (group + 1) * share):
            _turned(qkv_NW[n], head * size, cosines_ND[n], sines_ND[n], scale, q)
            highest, total = _attended(q, keys, values, t + 1, weights, seen)
            out = out_NH[n, head * size : (head + 1) * size]
            for d in range(size):
                out[d] = short(seen[d] / total)
            sums_QN[head, n] = highest + np.log(total)


@parallel
def attend(qkv_NW: Any, cosines_ND: Any, sines_ND: Any, ends_R: Any, scale: Any, out_NH: Any, sums_QN: Any) -> None:
    """Causal softmax attention of each row to itself, of heads turned by their places; query heads share key heads.

    `qkv`: queries, keys and values side by side. `sums`: of each query head and token, the logarithm of the sum of what
    softmax divides by.
    """
    groups, rows = (qkv_NW.shape[1] - out_NH.shape[1]) // (4 * cosines_ND.shape[1]), len(ends_R) - 1
    for task in prange(groups * rows):
        group, r = task // rows, task % rows
        _attend(qkv_NW, cosines_ND, sines_ND, ends_R[r], ends_R[r + 1], group, groups, scale, out_NH, sums_QN)


@compiled
def _attend_backward(
    wanted_NH: Any, qkv_NW: Any, cosines_ND: Any, sines_ND: Any, first: int, end: int, group: int, groups: int,
    scale: Any, out_NH: Any, sums_QN: Any, gradient_NW: Any,
) -> None:  # fmt: skip
    size, count, width = 2 * cosines_ND.shape[1], end - first, out_NH.shape[1]
    share, start, further = width // (groups * size), width + group * size, groups * size
    q, of_q = np.empty(size, np.float32), np.empty(size, np.float32)
    wanted, seen = np.empty(size, np.float32), np.empty(size, np.float32)
    keys, values = np.empty((count, size), np.float32), np.empty((count, size), np.float32)
    weights, gradients = np.empty(count, np.float32), np.empty(count, np.float32)
    of_keys, of_values = np.zeros((count, size), np.float32), np.zeros((count, size), np.float32)
    _keys_and_values(qkv_NW, cosines_ND, sines_ND, first, start, further, keys, values)
    for t in range(count):
        n = first + t
        for head in range(group * share, (group + 1) * share):
            _turned(qkv_NW[n], head * size, cosines_ND[n], sines_ND[n], scale, q)
            _widened(wanted_NH[n], head * size, wanted)
            _widened(out_NH[n], head * size, seen)
            _attended_backward(
                q, keys, values, t + 1, sums_QN[head, n], wanted, _dot(wanted, seen), weights, gradients,
                of_q, of_keys, of_values,
            )  # fmt: skip
            _turned_back(of_q, cosines_ND[n], sines_ND[n], scale, gradient_NW[n], head * size)
    for t in range(count):
        n = first + t
        _turned_back(of_keys[t], cosines_ND[n], sines_ND[n], _float(1), gradient_NW[n], start)
        out = gradient_NW[n, start + further : start + further + size]
        for d in range(size):
            out[d] = short(of_values[t, d])


@parallel
def attend_backward(
    wanted_NH: Any, qkv_NW: Any, cosines_ND: Any, sines_ND: Any, ends_R: Any, scale: Any, out_NH: Any, sums_QN: Any,
    gradient_NW: Any,
) -> None:  # fmt: skip
    """Gradients of queries, keys and values; weights are computed again (Dao et al. 2022)."""
    groups, rows = (qkv_NW.shape[1] - out_NH.shape[1]) // (4 * cosines_ND.shape[1]), len(ends_R) - 1
    for task in prange(groups * rows):
        group, r = task // rows, task % rows
        _attend_backward(
            wanted_NH, qkv_NW, cosines_ND, sines_ND, ends_R[r], ends_R[r + 1], group, groups, scale,
            out_NH, sums_QN, gradient_NW,
        )  # fmt: skip
