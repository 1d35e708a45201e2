"""Compiled: what a layer of a model like Llama does beside its products, forward and backward, and AdamW.

bf16 comes and goes as its bits, for numpy has no such type; everything between is float32. Rows (R) of a batch lie side
by side, N tokens in all, H numbers wide; `ends` says where each begins. Loops are written so that the compiler can make
vectors of them: no division that checks for zero, no index that could be negative.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from forklift.answerers.decoding import exp

_float = np.float32
_OPTIONS: dict[str, Any] = {"nogil": True, "fastmath": True, "error_model": "numpy"}

Code = Callable[..., Any]


def _compiled(function: Code) -> Code:
    return njit(cache=True, **_OPTIONS)(function)


def _inlined(function: Code) -> Code:
    return njit(forceinline=True, **_OPTIONS)(function)


@_inlined
def _wide(bits: Any) -> Any:
    return np.uint32(np.uint32(bits) << np.uint32(16)).view(np.float32)


@_inlined
def _short(number: Any) -> Any:
    """Rounded to even."""
    bits = _float(number).view(np.uint32)
    return np.uint16((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16))


# norms


@_compiled
def add_norm(x_NH: Any, more_NH: Any, weight_H: Any, epsilon: Any, sum_NH: Any, normed_NH: Any, factor_N: Any) -> None:
    """sum = x + more; normed = sum / root mean square of sum * weight (Zhang & Sennrich 2019)."""
    width = x_NH.shape[1]
    for n in range(len(x_NH)):
        x, more, total, normed, squares = x_NH[n], more_NH[n], sum_NH[n], normed_NH[n], _float(0)
        for h in range(width):
            number = x[h] + _wide(more[h])
            total[h] = number
            squares += number * number
        factor = _float(1) / np.sqrt(squares / _float(width) + epsilon)
        factor_N[n] = factor
        for h in range(width):
            normed[h] = _short(total[h] * factor * _wide(weight_H[h]))


@_compiled
def add_norm_backward(
    later_NH: Any, wanted_NH: Any, sum_NH: Any, weight_H: Any, factor_N: Any, x_NH: Any, more_NH: Any, gradient_H: Any
) -> None:
    """Gradients of x, of more (the same, in bf16) and of the weight; `later` is that of the sum, `wanted` of normed."""
    width = sum_NH.shape[1]
    weights = np.zeros(width, np.float32)
    for n in range(len(sum_NH)):
        later, wanted, total, x, more = later_NH[n], wanted_NH[n], sum_NH[n], x_NH[n], more_NH[n]
        factor, along = factor_N[n], _float(0)
        for h in range(width):
            product = _wide(wanted[h]) * total[h]
            weights[h] += product * factor
            along += product * _wide(weight_H[h])
        along *= factor * factor * factor / _float(width)
        for h in range(width):
            number = later[h] + _wide(wanted[h]) * _wide(weight_H[h]) * factor - total[h] * along
            x[h] = number
            more[h] = _short(number)
    for h in range(width):
        gradient_H[h] = _short(weights[h])


# the gate of an MLP


@_compiled
def swiglu(gate: Any, up: Any, out: Any) -> None:
    """silu(gate) * up (Shazeer 2020)."""
    for n in range(len(gate)):
        x = _wide(gate[n])
        out[n] = _short(x / (_float(1) + exp(-x)) * _wide(up[n]))


@_compiled
def swiglu_backward(wanted: Any, gate: Any, up: Any, gate_gradient: Any, up_gradient: Any) -> None:
    for n in range(len(gate)):
        x, gradient = _wide(gate[n]), _wide(wanted[n])
        share = _float(1) / (_float(1) + exp(-x))
        up_gradient[n] = _short(gradient * x * share)
        gate_gradient[n] = _short(gradient * _wide(up[n]) * share * (_float(1) + x * (_float(1) - share)))


# attention


@_inlined
def _turned(row: Any, start: int, cosines: Any, sines: Any, scale: Any, out: Any) -> None:
    """A head of a token at its place (Su et al. 2021): each number with the one half a head later."""
    half = len(cosines)
    first, second = row[start : start + half], row[start + half : start + 2 * half]
    for d in range(half):
        out[d] = (_wide(first[d]) * cosines[d] - _wide(second[d]) * sines[d]) * scale
        out[half + d] = (_wide(second[d]) * cosines[d] + _wide(first[d]) * sines[d]) * scale


@_inlined
def _turned_back(gradient: Any, cosines: Any, sines: Any, scale: Any, row: Any, start: int) -> None:
    half = len(cosines)
    first, second = row[start : start + half], row[start + half : start + 2 * half]
    for d in range(half):
        first[d] = _short((gradient[d] * cosines[d] + gradient[half + d] * sines[d]) * scale)
        second[d] = _short((gradient[half + d] * cosines[d] - gradient[d] * sines[d]) * scale)


@_inlined
def _widened(row: Any, start: int, out: Any) -> None:
    part = row[start : start + len(out)]
    for d in range(len(out)):
        out[d] = _wide(part[d])


@_inlined
def _dot(a: Any, b: Any) -> Any:
    total = _float(0)
    for d in range(len(a)):
        total += a[d] * b[d]
    return total


@_inlined
def _add(share: Any, x: Any, to: Any) -> None:
    for d in range(len(to)):
        to[d] += share * x[d]


@_inlined
def _keys_and_values(
    k_NK: Any, v_NK: Any, cosines_ND: Any, sines_ND: Any, first: int, group: int, keys: Any, values: Any
) -> None:
    """Those of one head for the tokens of a row, from `first` on."""
    start = group * keys.shape[1]
    for t in range(len(keys)):
        n = first + t
        _turned(k_NK[n], start, cosines_ND[n], sines_ND[n], _float(1), keys[t])
        _widened(v_NK[n], start, values[t])


@_inlined
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


@_inlined
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


@_compiled
def attend(
    q_NH: Any, k_NK: Any, v_NK: Any, cosines_ND: Any, sines_ND: Any, ends_R: Any, scale: Any, out_NH: Any, sums_QN: Any
) -> None:
    """Causal softmax attention of each row to itself, of heads turned by their places; query heads share key heads.

    `sums`: of each query head and token, the logarithm of the sum of what softmax divides by.
    """
    size = 2 * cosines_ND.shape[1]
    groups = k_NK.shape[1] // size
    share = q_NH.shape[1] // (groups * size)
    q, seen = np.empty(size, np.float32), np.empty(size, np.float32)
    for r in range(len(ends_R) - 1):
        first, count = ends_R[r], ends_R[r + 1] - ends_R[r]
        keys, values = np.empty((count, size), np.float32), np.empty((count, size), np.float32)
        weights = np.empty(count, np.float32)
        for group in range(groups):
            _keys_and_values(k_NK, v_NK, cosines_ND, sines_ND, first, group, keys, values)
            for t in range(count):
                n = first + t
                for head in range(group * share, (group + 1) * share):
                    _turned(q_NH[n], head * size, cosines_ND[n], sines_ND[n], scale, q)
                    highest, total = _attended(q, keys, values, t + 1, weights, seen)
                    out = out_NH[n, head * size : (head + 1) * size]
                    for d in range(size):
                        out[d] = _short(seen[d] / total)
                    sums_QN[head, n] = highest + np.log(total)


@_compiled
def attend_backward(
    wanted_NH: Any, q_NH: Any, k_NK: Any, v_NK: Any, cosines_ND: Any, sines_ND: Any, ends_R: Any, scale: Any,
    out_NH: Any, sums_QN: Any, q_gradient_NH: Any, k_gradient_NK: Any, v_gradient_NK: Any,
) -> None:  # fmt: skip
    """Gradients of queries, keys and values; weights are computed again (Dao et al. 2022)."""
    size = 2 * cosines_ND.shape[1]
    groups = k_NK.shape[1] // size
    share = q_NH.shape[1] // (groups * size)
    q, of_q = np.empty(size, np.float32), np.empty(size, np.float32)
    wanted, seen = np.empty(size, np.float32), np.empty(size, np.float32)
    for r in range(len(ends_R) - 1):
        first, count = ends_R[r], ends_R[r + 1] - ends_R[r]
        keys, values = np.empty((count, size), np.float32), np.empty((count, size), np.float32)
        weights, gradients = np.empty(count, np.float32), np.empty(count, np.float32)
        for group in range(groups):
            of_keys, of_values = np.zeros((count, size), np.float32), np.zeros((count, size), np.float32)
            _keys_and_values(k_NK, v_NK, cosines_ND, sines_ND, first, group, keys, values)
            for t in range(count):
                n = first + t
                for head in range(group * share, (group + 1) * share):
                    _turned(q_NH[n], head * size, cosines_ND[n], sines_ND[n], scale, q)
                    _widened(wanted_NH[n], head * size, wanted)
                    _widened(out_NH[n], head * size, seen)
                    _attended_backward(
                        q, keys, values, t + 1, sums_QN[head, n], wanted, _dot(wanted, seen), weights, gradients,
                        of_q, of_keys, of_values,
                    )  # fmt: skip
                    _turned_back(of_q, cosines_ND[n], sines_ND[n], scale, q_gradient_NH[n], head * size)
            for t in range(count):
                n = first + t
                _turned_back(of_keys[t], cosines_ND[n], sines_ND[n], _float(1), k_gradient_NK[n], group * size)
                out = v_gradient_NK[n, group * size : (group + 1) * size]
                for d in range(size):
                    out[d] = _short(of_values[t, d])


# the optimizer


@_compiled
def sum_of_squares(gradient: Any) -> Any:
    total: Any = 0.0
    for start in range(0, len(gradient), 4096):
        part, squares = gradient[start : start + 4096], _float(0)
        for n in range(len(part)):
            squares += _wide(part[n]) * _wide(part[n])
        total += squares
    return total


@_compiled
def adamw(
    weight: Any, rest: Any, mean: Any, variance: Any, gradient: Any, scale: Any, step: Any, root: Any, beta1: Any,
    beta2: Any, epsilon: Any,
) -> None:  # fmt: skip
    """A step of Adam (Kingma & Ba 2015), in place, on float32 weights kept in two halves: the nearest bf16, which is
    what the model has, and the rest of the bits. `scale`: of the gradient; `step` and `root` hold the corrections for
    the zeros that mean and variance began with."""
    for n in range(len(weight)):
        x = _wide(gradient[n]) * scale
        first = mean[n] * beta1 + x * (_float(1) - beta1)
        second = variance[n] * beta2 + x * x * (_float(1) - beta2)
        mean[n], variance[n] = first, second
        whole = np.uint32((np.int32(weight[n]) << np.int32(16)) + np.int32(rest[n])).view(np.float32)
        bits = _float(whole - step * first / (np.sqrt(second) * root + epsilon)).view(np.uint32)
        near = (bits + np.uint32(0x8000)) >> np.uint32(16)
        weight[n] = np.uint16(near)
        rest[n] = np.int16(np.int32(bits) - np.int32(near << np.uint32(16)))
