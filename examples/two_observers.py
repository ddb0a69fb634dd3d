"""Two observers who believe wrongly: what it costs, and what is no distance.

An emitter sends 0 and 1 equally often, the law A. One observer believes B, another C.
Whoever codes for a law that is not the true one pays more: the cross-entropy. What is
paid too much is the KL divergence.
"""

from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from _lesson import BLUE, ORANGE, conclude, panels, parse_options, save

import jaxinfo

NAMES = "ABC"
A, B, C = jnp.array([[1 / 2, 1 / 2], [1 / 4, 3 / 4], [1 / 8, 7 / 8]])
LAWS = dict(zip(NAMES, (A, B, C), strict=True))


def tell_of_costs() -> None:
    """Print what each observer pays a symbol, and how much of it too much."""
    print("believed   cross-entropy = entropy + KL divergence, bits a symbol")
    for name, q in LAWS.items():
        paid, least = jaxinfo.cross_entropy(A, q, base=2), jaxinfo.entropy(A, base=2)
        wasted = jaxinfo.kl_divergence(A, q, base=2)
        print(f"{name}{paid:22.4f}{least:10.4f}{wasted:9.4f}")


def tell_of_directions() -> None:
    """Print the divergences both ways, and the symmetric one."""
    print("\npair   D(p||q)   D(q||p)   JS, at most 1 bit")
    for one, other in ("AB", "AC", "BC"):
        p, q = LAWS[one], LAWS[other]
        forth = jaxinfo.kl_divergence(p, q, base=2)
        back = jaxinfo.kl_divergence(q, p, base=2)
        both = jaxinfo.js_divergence(p, q, base=2)
        print(f"{one}, {other}{forth:10.4f}{back:10.4f}{both:10.4f}")
    ends = jnp.eye(2)  # always 0, and always 1
    print(f"always 0, always 1: JS = {jaxinfo.js_divergence(*ends, base=2):.4f}")


def best_detour(distance: Callable[..., jax.Array]) -> tuple[str, float, float]:
    """Return the detour that gains most: its name, the direct way, and its length."""
    ways = []
    for first, over, last in permutations(NAMES):
        p, middle, q = LAWS[first], LAWS[over], LAWS[last]
        direct = float(distance(p, q, base=2))
        detour = float(distance(p, middle, base=2) + distance(middle, q, base=2))
        ways.append((f"{first}->{over}->{last}", direct, detour))
    return max(ways, key=lambda way: round(way[1] - way[2], 5))


def tell_of_triangles() -> None:
    """Print for which of three a detour can be shorter than the direct way."""
    print("\n                  the best detour   direct   detour")
    for verb in (jaxinfo.kl_divergence, jaxinfo.js_divergence, jaxinfo.js_distance):
        name, direct, detour = best_detour(verb)
        longer = "shorter!" if detour < direct else "longer"
        print(f"{verb.__name__:17}{name:>12}{direct:13.4f}{detour:9.4f}  {longer}")


def draw(path: Path) -> None:
    """Draw the costs, and the divergences of all pairs."""
    left, right = panels(10, 4, 2)
    laws = jnp.stack([A, B, C])
    least = jaxinfo.entropy(A, base=2)
    wasted = jaxinfo.kl_divergence(A[None], laws, base=2)
    left.bar(list(NAMES), [least] * 3, color=BLUE, label="entropy of A")
    style: dict[str, Any] = {"color": ORANGE, "hatch": "//", "edgecolor": "white"}
    left.bar(list(NAMES), wasted, bottom=least, label="KL divergence", **style)
    for x, total in enumerate(least + wasted):
        left.text(x, total + 0.02, f"{total:.3f}", ha="center")
    left.set(xlabel="law that the observer believes", ylim=(0, 1.75))
    left.set_ylabel("cross-entropy (bits a symbol)")
    left.legend(frameon=False, loc="upper left")
    jaxinfo.plots.divergence_matrix(laws, labels=list(NAMES), base=2, ax=right)
    save(left, path)


def main(argv: Sequence[str] | None = None) -> None:
    """Tell the lesson."""
    picture = parse_options(__doc__, argv, "two_observers")
    tell_of_costs()
    tell_of_directions()
    tell_of_triangles()
    if picture:
        draw(picture)
    # 1/2 log2 (1/2 / 1/4) + 1/2 log2 (1/2 / 3/4) = 1 - log2(3) / 2.
    wasted = jaxinfo.kl_divergence(A, B, base=2)
    conclude("D(A||B), in bits", float(wasted), 0.2075187, 1e-6)


if __name__ == "__main__":
    main()
