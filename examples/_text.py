"""A text as numbers, and what the counts of its letters tell about it."""

import math
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

import jaxinfo

BLOCK, ORDERS = 512, (0, 1, 2, 3)

Metrics = dict[str, Any]  # information in bits per character


class Text(NamedTuple):
    """A text as numbers, and which of its letters are to be predicted."""

    letters: str  # sorted
    codes: np.ndarray  # [characters], indices of letters
    train: np.ndarray  # [letters], positions in the text
    held_out: np.ndarray  # [letters], positions likewise


def load(path: Path | None, context: int) -> Text:
    """Return the text; every tenth block is held out: it is never what is predicted.

    Blocks from everywhere, not the last part, so that both parts follow one law as
    nearly as a text can.
    """
    if path is None:
        from pydoc_data.topics import topics

        text = "\n".join(topics[name] for name in sorted(topics))
    else:
        text = path.read_text(encoding="utf-8")
    letters, codes = np.unique(list(text), return_inverse=True)
    # From the first letter on that has all of its context.
    positions = np.arange(max(context, *ORDERS), len(codes), dtype=np.int32)
    held_out = positions // BLOCK % 10 == 5
    codes = codes.astype(np.int32)
    return Text("".join(letters), codes, positions[~held_out], positions[held_out])


class Counts(NamedTuple):
    """How often which letter follows which context."""

    contexts: np.ndarray  # [contexts seen], sorted codes
    table: np.ndarray  # [contexts seen, letters]


def context_codes(text: Text, order: int, positions: np.ndarray) -> np.ndarray:
    """Return the last `order` letters before each position as one number."""
    codes = np.zeros(len(positions), np.int64)
    for back in range(order, 0, -1):
        codes = codes * len(text.letters) + text.codes[positions - back]
    return codes


def count(text: Text, order: int) -> Counts:
    """Count which letters of the training part follow which contexts."""
    base = len(text.letters)
    codes = context_codes(text, order, text.train)
    contexts, rows = np.unique(codes, return_inverse=True)
    cells = rows * base + text.codes[text.train]
    table = np.bincount(cells, minlength=len(contexts) * base)
    return Counts(contexts, table.reshape(-1, base).astype(np.int32))


def smoothed(counts: Counts, codes: np.ndarray, letters: np.ndarray, lower: np.ndarray):
    """Return probabilities of letters after contexts, by Witten and Bell (1991).

    What was never seen after a context has the probability `lower` of the shorter
    context, times the share of the letters that were new when they were counted.
    """
    rows = np.searchsorted(counts.contexts, codes).clip(max=len(counts.contexts) - 1)
    known = counts.contexts[rows] == codes
    kinds = np.count_nonzero(counts.table, axis=1)
    total = counts.table.sum(axis=1)
    mixed = counts.table[rows, letters] + kinds[rows] * lower
    return np.where(known, mixed / (total + kinds)[rows], lower)


def describe(text: Text) -> list[Metrics]:
    """Return what counts of contexts of each length tell about the text, in bits."""
    letters = text.codes[text.held_out]
    probability = np.full(len(letters), 1 / len(text.letters))
    rows = []
    for order in ORDERS:
        counts = count(text, order)
        contexts, cells = len(counts.contexts), np.count_nonzero(counts.table)
        joint = jaxinfo.normalize(jnp.asarray(counts.table), axis=(-2, -1))
        codes = context_codes(text, order, text.held_out)
        probability = smoothed(counts, codes, letters, probability)
        rows.append(
            {
                "order": order,
                "contexts": contexts,
                "seen": len(text.train) / contexts,
                "entropy": float(jaxinfo.conditional_entropy(joint, base=2)),
                "bias": float((contexts - cells) / (2 * len(text.train) * math.log(2))),
                "held_out": float(-np.log2(probability).mean()),
            }
        )
    return rows


def context_table(text: Text, rows: list[Metrics]) -> str:
    """Lay out what the counts of the text say."""
    lines = [
        f"{len(text.codes):,} characters of {len(text.letters)} kinds: "
        f"{len(text.train):,} to train, {len(text.held_out):,} held out.",
        "",
        "given the   contexts   times   entropy    its   cross-entropy of the",
        "last        seen       each    H(k)       bias  counts, held out",
    ]
    for row in rows:
        lines.append(
            f"{row['order']:<9}{row['contexts']:>10,}{row['seen']:>10,.1f}"
            f"{row['entropy']:>9.4f}{row['bias']:>9.4f}{row['held_out']:>12.4f}"
        )
    return "\n".join(lines) + "\n"
