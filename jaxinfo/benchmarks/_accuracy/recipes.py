"""Recipes: the large inputs of the truth set, written as a handful of integers.

Only integer arithmetic and powers of two are used, so an expansion is the same on
every platform and does not depend on any library's random stream. Every value is
exact in float32, and a SHA-256 digest of the float32 bytes pins it.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["digest", "expand"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def expand(recipe: Mapping[str, Any]) -> np.ndarray:
    """Expands a recipe to the array that it stands for.

    Args:
      recipe: The recipe, a mapping with its kind under `"recipe"`.

    Returns:
      A float64 array whose values are all exact in float32.

    Raises:
      ValueError: If the kind is unknown or the digest does not match.
    """
    kind = recipe["recipe"]
    if kind.startswith("counts_"):
        values = np.ldexp(_counts(kind, recipe).astype(np.float64), -recipe["k"])
    elif kind == "f32_wide":
        values = _wide(recipe)
    elif kind == "logits_grid":
        values = np.ldexp(_grid(recipe).astype(np.float64), recipe["e"])
    else:
        raise ValueError(f"`recipe` must be a known kind, got {kind!r}.")
    if digest(values) != recipe["sha256"]:
        raise ValueError(f"`recipe` {dict(recipe)} does not expand to its digest.")
    return values.reshape(recipe.get("shape", -1))


def digest(values: np.ndarray) -> str:
    """SHA-256 of the little-endian float32 bytes of an array."""
    return hashlib.sha256(values.astype("<f4").tobytes()).hexdigest()


def _random_bits(seed: int, size: int) -> np.ndarray:
    """The first `size` outputs of the SplitMix64 generator, as uint64."""
    # The products are meant to wrap around modulo 2^64; arrays do so silently.
    state = np.full(size, seed, np.uint64)
    state += np.arange(1, size + 1, dtype=np.uint64) * _GOLDEN
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))


def _counts(kind: str, recipe: Mapping[str, Any]) -> np.ndarray:
    """Positive integers that sum to `2**k`."""
    base = kind.removesuffix("_perturbed")
    if base == "counts_uniform":
        counts = _uniform_counts(recipe["seed"], recipe["n"], 1 << recipe["k"])
    elif base == "counts_powerlaw":
        counts = 1 + recipe["A"] // np.arange(1, recipe["n"] + 1, dtype=np.int64)
        counts[0] += (1 << recipe["k"]) - counts.sum()
    else:
        raise ValueError(f"`recipe` must be a known kind, got {kind!r}.")
    return counts if kind == base else _perturb(counts, recipe)


def _uniform_counts(seed: int, size: int, total: int) -> np.ndarray:
    """Random counts of similar size, adjusted to sum to `total`."""
    largest = max(1, int(1.6 * total / size))
    counts = 1 + (_random_bits(seed, size) % np.uint64(largest)).astype(np.int64)
    while counts.sum() > total:
        counts = np.maximum(1, counts - 1)
    missing = total - int(counts.sum())
    counts += missing // size
    counts[: missing % size] += 1
    return counts


def _perturb(counts: np.ndarray, recipe: Mapping[str, Any]) -> np.ndarray:
    """Moves `step` counts within each pair of neighbours, in a random direction."""
    half = counts.size // 2
    pairs = counts[: 2 * half].reshape(half, 2)
    coin = (_random_bits(recipe["pseed"], half) & np.uint64(1)).astype(np.int64)
    move = (2 * coin - 1) * recipe.get("step", 1)
    moved = pairs + np.stack([-move, move], axis=1)
    # A pair whose move would empty an entry stays as it is: supports agree.
    stays = (moved < 1).any(axis=1, keepdims=True)
    rest = counts[2 * half :]
    return np.concatenate([np.where(stays, pairs, moved).ravel(), rest])


def _wide(recipe: Mapping[str, Any]) -> np.ndarray:
    """Random mantissas times two to an exponent drawn from `[elo, ehi)`."""
    bits = _random_bits(recipe["seed"], recipe["n"])
    mantissa = (bits & np.uint64((1 << 23) - 1)).astype(np.float64)
    span = np.uint64(recipe["ehi"] - recipe["elo"])
    exponent = ((bits >> np.uint64(32)) % span).astype(np.int64) + recipe["elo"]
    return np.ldexp(1 + np.ldexp(mantissa, -23), exponent)


def _grid(recipe: Mapping[str, Any]) -> np.ndarray:
    """Integers in `[-2**bits, 2**bits)`, moved by at most `step` if perturbed."""
    size, bits = recipe["n"], recipe["bits"]
    top = _random_bits(recipe["seed"], size) >> np.uint64(63 - bits)
    grid = top.astype(np.int64) - (1 << bits)
    if "pseed" in recipe:
        step = recipe["step"]
        noise = _random_bits(recipe["pseed"], size) % np.uint64(2 * step + 1)
        grid = np.clip(grid + noise.astype(np.int64) - step, -(1 << 24), 1 << 24)
    return grid
