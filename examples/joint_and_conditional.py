"""What two variables tell of each other: joint, conditional and mutual information.

The table is that of Cover and Thomas, "Elements of Information Theory", example 2.2.1:
all of its entropies are eighths of bits, and can be checked by hand. Then come two
variables without any covariance, which are far from independent.
"""

from collections.abc import Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
from _lesson import conclude, panels, parse_options, save

import jaxinfo

# In 32nds: a row for each y, a column for each x.
COUNTS = ((4, 2, 1, 1), (2, 4, 1, 1), (2, 2, 2, 2), (8, 0, 0, 0))
HALF = 8  # cells on each side of zero


def table() -> jax.Array:
    """Return the joint probabilities, y along the first axis and x along the second."""
    return jaxinfo.normalize(jnp.array(COUNTS), axis=(0, 1))


def tell_of_entropies() -> None:
    """Print how uncertain x and y are, one by one and together."""
    p = table()
    print(f"H(X)   = {jaxinfo.entropy(p.sum(0), base=2):.3f} bits, of the columns")
    print(f"H(Y)   = {jaxinfo.entropy(p.sum(1), base=2):.3f} bits, of the rows")
    print(f"H(X,Y) = {jaxinfo.joint_entropy(p, base=2):.3f} bits, of all cells")


def tell_of_conditions() -> None:
    """Print the entropy of x for one who knows y, in both ways."""
    p = table()
    p_y = p.sum(1)
    rows = jaxinfo.normalize(p)  # the distribution of x for each y
    given_each = jaxinfo.entropy(rows, base=2)
    print("\nH(X|Y=y) =", ", ".join(f"{h:.3f}" for h in given_each))
    print(f"  mean over y       {p_y @ given_each:.3f}")
    rest = jaxinfo.joint_entropy(p, base=2) - jaxinfo.entropy(p_y, base=2)
    print(f"  H(X,Y) - H(Y)     {rest:.3f}")
    direct = jaxinfo.conditional_entropy(p, axis=1, given=0, base=2)
    print(f"  in one call       {direct:.3f} = H(X|Y)")


def four_identities() -> dict[str, jax.Array]:
    """Return the mutual information, in four ways."""
    p = table()
    p_x, p_y = p.sum(0), p.sum(1)
    x, y = jaxinfo.entropy(p_x, base=2), jaxinfo.entropy(p_y, base=2)
    independent = jnp.outer(p_y, p_x)
    return {
        "H(X) - H(X|Y)": x - jaxinfo.conditional_entropy(p, axis=1, given=0, base=2),
        "H(Y) - H(Y|X)": y - jaxinfo.conditional_entropy(p, axis=0, given=1, base=2),
        "H(X) + H(Y) - H(X,Y)": x + y - jaxinfo.joint_entropy(p, base=2),
        "D(p(x,y) || p(x)p(y))": jaxinfo.kl_divergence(
            p, independent, axis=(0, 1), base=2
        ),
    }


def plus_or_minus() -> jax.Array:
    """Return the law of x, uniform on [-1, 1], and y = x or y = -x, in equal cells."""
    same = jnp.eye(2 * HALF)
    return jaxinfo.normalize(same + same[::-1], axis=(0, 1))


def tell_of_dependence() -> None:
    """Print the covariance of x and y = sx, and what they tell of each other."""
    p = plus_or_minus()
    centers = (jnp.arange(2 * HALF) + 0.5) / HALF - 1
    covariance = centers @ p @ centers  # the means are 0
    print(f"\ny = x or y = -x, in {2 * HALF} cells:")
    print(f"  covariance           {abs(covariance):.3f}")
    information = jaxinfo.mutual_information(p, base=2)
    print(f"  mutual information   {information:.3f} bits, log2 {HALF}")


def draw(path: Path) -> None:
    """Draw the diagram of the first table, and the cells of the second."""
    left, right = panels(10, 4.2, 2, width_ratios=(1.5, 1))
    p = jnp.transpose(table())  # x first
    jaxinfo.plots.information_diagram(p, labels=["X", "Y"], base=2, ax=left)
    right.imshow(plus_or_minus(), extent=(-1, 1, -1, 1), cmap="Blues", origin="lower")
    right.set(xlabel="x", ylabel="y", xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    right.set_title("y = x or y = -x: covariance 0")
    save(left, path)


def main(argv: Sequence[str] | None = None) -> None:
    """Tell the lesson."""
    picture = parse_options(__doc__, argv, "joint_and_conditional")
    tell_of_entropies()
    tell_of_conditions()
    print("\nmutual information, in four ways:")
    for formula, value in four_identities().items():
        print(f"  {formula:24}{value:.3f}")
    tell_of_dependence()
    if picture:
        draw(picture)
    information = jaxinfo.mutual_information(table(), base=2)
    conclude("I(X;Y), in bits", float(information), 3 / 8, 1e-6)


if __name__ == "__main__":
    main()
