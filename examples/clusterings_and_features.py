"""Which feature tells most, what two features share, how alike two clusterings are.

All three are mutual information in a table of counts. The data are the 150 irises that
scikit-learn ships: four measures of each flower, and its species.
"""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from _lesson import BLUE, ORANGE, conclude, panels, parse_options, save

import jaxinfo

NAMES = ("sepal length", "sepal width", "petal length", "petal width")
NUM_BINS, NUM_SPECIES = 4, 3


def load() -> tuple[np.ndarray, np.ndarray]:
    """Return the measures of each flower, and its species."""
    from sklearn import datasets  # slow to import

    features, species = datasets.load_iris(return_X_y=True)
    return np.asarray(features), np.asarray(species)


def binned(feature: np.ndarray) -> np.ndarray:
    """Return the quarter in which each value is."""
    return np.digitize(feature, np.quantile(feature, (0.25, 0.5, 0.75)))


def joint(*variables: Any) -> jax.Array:
    """Return the joint probabilities of integer variables, from their counts."""
    sizes = tuple(int(v.max()) + 1 for v in variables)
    counts = jnp.zeros(sizes, jnp.int32).at[tuple(map(jnp.asarray, variables))].add(1)
    return jaxinfo.normalize(counts, axis=tuple(range(len(sizes))))


def tell_of_features(bins: list[np.ndarray], species: np.ndarray) -> jax.Array:
    """Print what each feature tells about the species; return it."""
    told = [jaxinfo.mutual_information(joint(b, species), base=2) for b in bins]
    bias = (NUM_BINS - 1) * (NUM_SPECIES - 1) / (2 * len(species) * np.log(2))
    print(
        f"species: {jaxinfo.entropy(joint(species), base=2):.3f} bits, of which tells"
    )
    for name, information in zip(NAMES, told, strict=True):
        print(f"  {name:14}{information:.3f}")
    print(f"  (of features that tell nothing, {bias:.3f} by chance)")
    return jnp.stack(told)


def tell_of_redundancy(bins: list[np.ndarray], species: np.ndarray) -> None:
    """Print what a second feature adds to the petal width, and what it repeats."""
    width = bins[3]
    print("\nbeside the petal width     tells   adds   repeats, bits")
    for name, b in zip(NAMES[:3], bins, strict=False):
        p = joint(b, species, width)
        alone = jaxinfo.mutual_information(p.sum(2), base=2)
        adds = jaxinfo.conditional_mutual_information(p, base=2)  # given the width
        repeats = jaxinfo.co_information(p, base=2)  # the difference
        print(f"  {name:22}{alone:8.3f}{adds:7.3f}{repeats:10.3f}")


def clusterings(features: np.ndarray) -> dict[str, np.ndarray]:
    """Return three clusters by each of two methods, which do not know the species."""
    from sklearn import cluster

    scaled = (features - features.mean(0)) / features.std(0)
    return {
        "k-means": cluster.KMeans(3, random_state=0).fit_predict(scaled),
        "Ward": cluster.AgglomerativeClustering(3).fit_predict(scaled),
    }


def tell_of_clusterings(partitions: dict[str, np.ndarray]) -> None:
    """Print how alike partitions are, whatever their clusters are called."""
    print("\n                      information   normalized   variation, bits")
    for one, other in combinations(partitions, 2):
        p = joint(partitions[one], partitions[other])
        shared = jaxinfo.mutual_information(p, base=2)
        share = jaxinfo.normalized_mutual_information(p)
        apart = jaxinfo.variation_of_information(p, base=2)
        print(f"{one + ', ' + other:22}{shared:11.2f}{share:13.2f}{apart:13.2f}")


def draw(bins: list[np.ndarray], species: np.ndarray, path: Path) -> None:
    """Draw what each feature tells, and what the features share."""
    left, right = panels(11, 4, 2, width_ratios=(1, 1.2))
    told = [float(jaxinfo.mutual_information(joint(b, species), base=2)) for b in bins]
    left.barh(NAMES, told, color=BLUE)
    most = float(jaxinfo.entropy(joint(species), base=2))
    left.axvline(most, color=ORANGE, ls="--")
    left.text(most - 0.03, 0.5, "all there is\nto tell", ha="right", va="center")
    left.set(xlabel="information about the species (bits)", xlim=(0, 1.7))
    left.invert_yaxis()
    p = joint(bins[2], bins[3], species)
    labels = ["petal length", "petal width", "species"]
    jaxinfo.plots.information_diagram(p, labels=labels, base=2, ax=right)
    save(left, path)


def main(argv: Sequence[str] | None = None) -> None:
    """Tell the lesson."""
    picture = parse_options(__doc__, argv, "clusterings_and_features")
    features, species = load()
    bins = [binned(feature) for feature in features.T]
    told = tell_of_features(bins, species)
    tell_of_redundancy(bins, species)
    tell_of_clusterings({"species": species} | clusterings(features))
    if picture:
        draw(bins, species, picture)
    # scikit-learn, mutual_info_score(bins, species) / log(2).
    conclude("petal width about the species, in bits", float(told[3]), 1.1884659, 1e-5)


if __name__ == "__main__":
    main()
