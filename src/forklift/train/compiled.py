"""Compiled: what a model like Llama does beside its products and attention, forward and backward, and AdamW.

bf16 comes and goes as its bits, for numpy has no such type; everything between is float32. N tokens, H numbers wide.
Loops are written so that the compiler can make vectors of them: no division that checks for zero, no index that could
be negative, and none right inside of `prange`.

Threads are those of OpenMP, which torch has brought into the process for its products: others would have to share the
cores with these, who wait for their next product awake.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from numba import njit, prange, set_num_threads
from numba.core import config

from forklift.answerers.decoding import exp

_float = np.float32
_OPTIONS: dict[str, Any] = {"nogil": True, "fastmath": True, "error_model": "numpy"}
_PARTS = 16  # of a sum over tokens: a number for each part and then their sum, whatever the threads
_BLOCK = 1 << 16  # weights that a thread changes at a time
_LANES = 64  # numbers of which the highest is sought side by side
_TILE = 16  # a quarter of the tokens, and of the numbers, that are transposed together

Code = Callable[..., Any]


def _has_openmp() -> bool:
    """Whether numba finds OpenMP (libgomp); where not, one thread does all."""
    try:
        import_module("numba.np.ufunc.omppool")
    except ImportError:
        return False
    config.THREADING_LAYER = "omp"  # type: ignore[attr-defined]
    return True


_PARALLEL = _has_openmp()


def use_threads(count: int) -> None:
    """How many threads the code takes that is called from the present thread."""
    if _PARALLEL:
        set_num_threads(min(count, config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]


def compiled(function: Code) -> Code:
    """Machine code, kept beside the source."""
    return njit(cache=True, **_OPTIONS)(function)


def parallel(function: Code) -> Code:
    """The same, with its `prange` in threads."""
    return njit(cache=True, parallel=_PARALLEL, **_OPTIONS)(function)


def inlined(function: Code) -> Code:
    """A part of other code."""
    return njit(forceinline=True, **_OPTIONS)(function)


@inlined
def wide(bits: Any) -> Any:
    """bf16 as float32."""
    return np.uint32(np.uint32(bits) << np.uint32(16)).view(np.float32)


@inlined
def short(number: Any) -> Any:
    """float32 as bf16, rounded to even."""
    bits = _float(number).view(np.uint32)
    return np.uint16((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16))


# norms


@compiled
def _add_norm(x: Any, more: Any, weight: Any, epsilon: Any, total: Any, normed: Any) -> Any:
    squares = _float(0)
    for h in range(len(x)):
        number = x[h] + wide(more[h])
        total[h] = number
        squares += number * number
    factor = _float(1) / np.sqrt(squares / _float(len(x)) + epsilon)
    for h in range(len(x)):
        normed[h] = short(total[h] * factor * wide(weight[h]))
    return factor


@parallel
def add_norm(x_NH: Any, more_NH: Any, weight_H: Any, epsilon: Any, sum_NH: Any, normed_NH: Any, factor_N: Any) -> None:
    """sum = x + more; normed = sum / root mean square of sum * weight (Zhang & Sennrich 2019)."""
    for n in prange(len(x_NH)):
        factor_N[n] = _add_norm(x_NH[n], more_NH[n], weight_H, epsilon, sum_NH[n], normed_NH[n])


@compiled
def _add_norm_backward(
    later_NH: Any, wanted_NH: Any, sum_NH: Any, weight_H: Any, factor_N: Any, x_NH: Any, more_NH: Any, weights_H: Any
) -> None:
    width = len(weight_H)
    for n in range(len(sum_NH)):
        later, wanted, total, x, more = later_NH[n], wanted_NH[n], sum_NH[n], x_NH[n], more_NH[n]
        factor, along = factor_N[n], _float(0)
        for h in range(width):
            product = wide(wanted[h]) * total[h]
            weights_H[h] += product * factor
            along += product * wide(weight_H[h])
        along *= factor * factor * factor / _float(width)
        for h in range(width):
            number = later[h] + wide(wanted[h]) * wide(weight_H[h]) * factor - total[h] * along
            x[h] = number
            more[h] = short(number)


@parallel
def add_norm_backward(
    later_NH: Any, wanted_NH: Any, sum_NH: Any, weight_H: Any, factor_N: Any, x_NH: Any, more_NH: Any, gradient_H: Any
) -> None:
    """Gradients of x, of more (the same, in bf16) and of the weight; `later` is that of the sum, `wanted` of normed."""
    weights_PH = np.zeros((_PARTS, len(weight_H)), np.float32)
    size = (len(sum_NH) + _PARTS - 1) // _PARTS
    for part in prange(_PARTS):
        these = slice(part * size, (part + 1) * size)
        _add_norm_backward(
            later_NH[these], wanted_NH[these], sum_NH[these], weight_H, factor_N[these], x_NH[these], more_NH[these],
            weights_PH[part],
        )  # fmt: skip
    for h in range(len(gradient_H)):
        weight = _float(0)
        for part in range(_PARTS):
            weight += weights_PH[part, h]
        gradient_H[h] = short(weight)


# the gate of an MLP


@compiled
def _swiglu(gate: Any, up: Any, out: Any) -> None:
    for n in range(len(gate)):
        x = wide(gate[n])
        out[n] = short(x / (_float(1) + exp(-x)) * wide(up[n]))


@parallel
def swiglu(gate_NM: Any, up_NM: Any, out_NM: Any) -> None:
    """silu(gate) * up (Shazeer 2020)."""
    for n in prange(len(gate_NM)):
        _swiglu(gate_NM[n], up_NM[n], out_NM[n])


@compiled
def _swiglu_backward(wanted: Any, gate: Any, up: Any, gate_gradient: Any, up_gradient: Any) -> None:
    for n in range(len(gate)):
        x, gradient = wide(gate[n]), wide(wanted[n])
        share = _float(1) / (_float(1) + exp(-x))
        up_gradient[n] = short(gradient * x * share)
        gate_gradient[n] = short(gradient * wide(up[n]) * share * (_float(1) + x * (_float(1) - share)))


@parallel
def swiglu_backward(wanted_NM: Any, gate_NM: Any, up_NM: Any, gate_gradient_NM: Any, up_gradient_NM: Any) -> None:
    for n in prange(len(gate_NM)):
        _swiglu_backward(wanted_NM[n], gate_NM[n], up_NM[n], gate_gradient_NM[n], up_gradient_NM[n])


# products


@compiled
def _transpose(fours_NH: Any, out_HN: Any, start: int) -> None:
    end = min(start + _TILE, fours_NH.shape[1])
    for first in range(0, len(fours_NH), 4 * _TILE):
        last = min(first + 4 * _TILE, len(fours_NH))
        for h in range(start, end):
            a, b, c, d = out_HN[4 * h : 4 * h + 4]
            a, b, c, d = a[first:last], b[first:last], c[first:last], d[first:last]
            for n in range(last - first):
                four = fours_NH[first + n, h]
                a[n] = np.uint16(four)
                b[n] = np.uint16(four >> np.uint64(16))
                c[n] = np.uint16(four >> np.uint64(32))
                d[n] = np.uint16(four >> np.uint64(48))


@parallel
def transpose(fours_NH: Any, out_HN: Any) -> None:
    """Copies numbers so that those of a token stand below each other; they come four at a time."""
    for tile in prange((fours_NH.shape[1] + _TILE - 1) // _TILE):
        _transpose(fours_NH, out_HN, tile * _TILE)


# the loss


@compiled
def _log_sum(said: Any) -> Any:
    """The logarithm of the sum of the exponentials."""
    highest, total = np.full(_LANES, -np.inf, np.float32), _float(0)
    for start in range(0, len(said), _LANES):  # the compiler makes no vectors of a single maximum
        part = said[start : start + _LANES]
        for v in range(len(part)):
            highest[v] = max(highest[v], wide(part[v]))
    top = highest.max()
    for v in range(len(said)):
        total += exp(wide(said[v]) - top)
    return top + np.log(total)


@parallel
def cross_entropy(said_AV: Any, labels_A: Any, sums_A: Any, losses_A: Any) -> None:
    """Of each token with a label, one that is not negative; `sums` are kept for the gradient."""
    for a in prange(len(said_AV)):
        losses_A[a] = sums_A[a] = _float(0)
        if labels_A[a] >= 0:
            sums_A[a] = _log_sum(said_AV[a])
            losses_A[a] = sums_A[a] - wide(said_AV[a, labels_A[a]])


@compiled
def _cross_entropy_backward(said: Any, label: int, log_sum: Any, scale: Any, gradient: Any) -> None:
    for v in range(len(said)):
        gradient[v] = short(exp(wide(said[v]) - log_sum) * scale)
    gradient[label] = short((exp(wide(said[label]) - log_sum) - _float(1)) * scale)


@parallel
def cross_entropy_backward(said_AV: Any, labels_A: Any, sums_A: Any, scale: Any, gradient_AV: Any) -> None:
    """Of the sum of the losses times `scale`."""
    for a in prange(len(said_AV)):
        if labels_A[a] >= 0:
            _cross_entropy_backward(said_AV[a], labels_A[a], sums_A[a], scale, gradient_AV[a])
        else:
            gradient_AV[a] = 0


# the optimizer


@compiled
def _sum_of_squares(gradient: Any) -> Any:
    """Read at four places at once: memory gives more than along one line."""
    size = len(gradient) // 4
    x_a, x_b, x_c, x_d = gradient[:size], gradient[size : 2 * size], gradient[2 * size : 3 * size], gradient[3 * size :]
    a, b, c, d = _float(0), _float(0), _float(0), _float(0)
    for n in range(size):
        a += wide(x_a[n]) * wide(x_a[n])
        b += wide(x_b[n]) * wide(x_b[n])
        c += wide(x_c[n]) * wide(x_c[n])
        d += wide(x_d[n]) * wide(x_d[n])
    for n in range(size, len(x_d)):
        d += wide(x_d[n]) * wide(x_d[n])
    return a + b + c + d


@parallel
def sum_of_squares(gradient: Any) -> Any:
    sums = np.empty((len(gradient) + _BLOCK - 1) // _BLOCK)
    for block in prange(len(sums)):
        sums[block] = _sum_of_squares(gradient[block * _BLOCK : (block + 1) * _BLOCK])
    return sums.sum()  # of parts in float32, in float64


@compiled
def _adamw(
    weight: Any, rest: Any, mean: Any, variance: Any, gradient: Any, scale: Any, step: Any, root: Any, beta1: Any,
    beta2: Any, epsilon: Any,
) -> None:  # fmt: skip
    for n in range(len(weight)):
        x = wide(gradient[n]) * scale
        first = mean[n] * beta1 + x * (_float(1) - beta1)
        second = variance[n] * beta2 + x * x * (_float(1) - beta2)
        mean[n], variance[n] = first, second
        whole = np.uint32((np.int32(weight[n]) << np.int32(16)) + np.int32(rest[n])).view(np.float32)
        bits = _float(whole - step * first / (np.sqrt(second) * root + epsilon)).view(np.uint32)
        near = (bits + np.uint32(0x8000)) >> np.uint32(16)
        weight[n] = np.uint16(near)
        rest[n] = np.int16(np.int32(bits) - np.int32(near << np.uint32(16)))


@parallel
def adamw(
    weight: Any, rest: Any, mean: Any, variance: Any, gradient: Any, scale: Any, step: Any, root: Any, beta1: Any,
    beta2: Any, epsilon: Any,
) -> None:  # fmt: skip
    """A step of Adam (Kingma & Ba 2015), in place, on float32 weights kept in two halves: the nearest bf16, which is
    what the model has, and the rest of the bits. `scale`: of the gradient; `step` and `root` hold the corrections for
    the zeros that mean and variance began with."""
    for block in prange((len(weight) + _BLOCK - 1) // _BLOCK):
        these = slice(block * _BLOCK, (block + 1) * _BLOCK)
        _adamw(
            weight[these], rest[these], mean[these], variance[these], gradient[these], scale, step, root, beta1, beta2,
            epsilon,
        )  # fmt: skip
