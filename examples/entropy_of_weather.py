"""How much is there to say about the weather? Self-information, entropy and units.

A message that was certain tells nothing; a rare one tells much. The information of an
outcome of probability p is -log p, and the entropy of a source is what its outcomes
tell on average.
"""

from collections.abc import Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
from _lesson import BLUE, VERMILION, conclude, panels, parse_options, save

import jaxinfo

WEATHER = {"sun": 0.5, "clouds": 0.2, "rain": 0.3}


def tell_of_outcomes() -> None:
    """Print what each kind of weather tells, and what the weather tells on average."""
    p = jnp.array(list(WEATHER.values()))
    told = jaxinfo.self_information(p, base=2)
    print("outcome   probability   information in bits")
    for name, probability, bits in zip(WEATHER, p, told, strict=True):
        print(f"{name:8}{probability:13.2f}{bits:22.4f}")
    print(f"on average, the entropy:{jaxinfo.entropy(p, base=2):19.4f}")


def tell_of_two_stations() -> None:
    """Print that what independent sources tell adds up."""
    p = jnp.array(list(WEATHER.values()))
    both = jnp.outer(p, p)
    two = jaxinfo.joint_entropy(both, base=2)
    twice = 2 * jaxinfo.entropy(p, base=2)
    print(f"\ntwo independent stations: {two:.4f} bits, twice one: {twice:.4f} bits")


def tell_of_units() -> None:
    """Print one entropy in three units."""
    p = jnp.array(list(WEATHER.values()))
    units = {"bits": 2, "nats": None, "hartleys": 10}
    values = (f"{jaxinfo.entropy(p, base=b):.4f} {name}" for name, b in units.items())
    print(f"one entropy in three units: {' = '.join(values)}")
    print(f"as if of {jaxinfo.perplexity(p):.3f} equally likely outcomes, of 3")


def tell_of_the_curve() -> None:
    """Print the four properties of the entropy of a coin."""
    p = jnp.linspace(0, 1, 101)
    bits = jaxinfo.binary_entropy(p, base=2)
    slope = jax.grad(jaxinfo.binary_entropy)(0.5)
    print("\nthe entropy of a coin that falls heads with probability p:")
    print(f"  certainty        H(0) = {bits[0]:.0f}, H(1) = {bits[-1]:.0f}")
    print(f"  extremum         H(1/2) = {bits.max():.0f} bit, slope there {slope:.0f}")
    print(f"  symmetry         H(0.2) = {bits[20]:.4f} = H(0.8) = {bits[80]:.4f}")
    print(f"  non-negativity   the smallest value is {bits.min():.0f}")


def draw(path: Path) -> None:
    """Draw what one outcome tells, and the entropy of a coin."""
    left, right = panels(10, 3.8, 2)
    p = jnp.linspace(0.004, 1, 250)
    left.plot(p, jaxinfo.self_information(p, base=2), color=BLUE, lw=2)
    for name, probability in WEATHER.items():
        bits = jaxinfo.self_information(probability, base=2)
        left.plot(probability, bits, "o", color=VERMILION)
        left.annotate(
            name, (probability, bits), xytext=(6, 6), textcoords="offset points"
        )
    left.set(xlabel="probability of the outcome", ylabel="self-information (bits)")
    jaxinfo.plots.binary_entropy_curve(base=2, ax=right)
    save(left, path)


def main(argv: Sequence[str] | None = None) -> None:
    """Tell the lesson."""
    picture = parse_options(__doc__, argv, "entropy_of_weather")
    tell_of_outcomes()
    tell_of_two_stations()
    tell_of_units()
    tell_of_the_curve()
    if picture:
        draw(picture)
    # -(0.5 log2 0.5 + 0.2 log2 0.2 + 0.3 log2 0.3), by hand.
    entropy = jaxinfo.entropy(jnp.array([0.5, 0.2, 0.3]), base=2)
    conclude("entropy of the weather, in bits", float(entropy), 1.485475, 1e-5)


if __name__ == "__main__":
    main()
