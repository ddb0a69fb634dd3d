"""How cost grows: with rows, outcomes, dimensions, pairs and devices."""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.sharding import PartitionSpec

from jaxinfo import families, logits, losses
from jaxinfo.benchmarks._cases import bounds, case
from jaxinfo.benchmarks._cases.case import Call, Case, Shape
from jaxinfo.benchmarks._cases.losses import DENSE, HEADS
from jaxinfo.benchmarks._cases.measures import LOGITS, PROBS

__all__ = ["SHARDED", "SWEEPS", "Sharded", "Sweep"]


class Sweep(NamedTuple):
    """One case on shapes that differ in one number.

    Attributes:
      case: What is measured.
      along: What that number counts.
      axis: Where it is in the shape.
      shapes: The shapes of each size.
    """

    case: Case
    along: str
    axis: int
    shapes: Mapping[str, tuple[Shape, ...]]


class Sharded(NamedTuple):
    """A measure whose outcomes are spread over the devices.

    Attributes:
      case: The measure on one device, which says what the inputs are.
      call: The same with `axis_name`.
      specs: How each input is spread.
      shapes: Shapes of each size: a first one, one with twice the rows, and one with
        twice the outcomes.
    """

    case: Case
    call: Call
    specs: tuple[PartitionSpec, ...]
    shapes: Mapping[str, tuple[Shape, ...]]


AXIS = "outcomes"


def _named(cases: tuple[Case, ...], name: str) -> Case:
    (found,) = (case for case in cases if case.name == name)
    return found


def _doubled(start: Shape, axis: int, times: int) -> tuple[Shape, ...]:
    """Shapes with the number at `axis` doubled so many times."""
    return tuple(
        tuple(n << k if i == axis else n for i, n in enumerate(start))
        for k in range(times + 1)
    )


def _sweep(
    of: Case, along: str, axis: int, small: Shape, medium: Shape, large: Shape
) -> Sweep:
    shapes = {
        "small": _doubled(small, axis, 1),
        "medium": _doubled(medium, axis, 4),
        "large": _doubled(large, axis, 4),
    }
    return Sweep(of, along, axis, shapes)


def _covariances(key: Array, shape: Shape, dtype: str) -> Array:
    """Positive definite, of eigenvalues between 1/2 and about 5."""
    batch, d = shape
    a = jax.random.normal(key, (batch, d, d), case.wide_of(dtype))
    cov = a @ a.mT / d + 0.5 * jnp.eye(d, dtype=a.dtype)
    return cov.astype(dtype)


def _normal_kl(cov_p: Array, cov_q: Array) -> Array:
    zero = jnp.zeros(cov_p.shape[:-1], cov_p.dtype)
    return families.multivariate_normal.kl_divergence(zero, cov_p, zero, cov_q)


def _normal_kl_formula(cov_p: Array, cov_q: Array) -> Array:
    ratio = jnp.linalg.solve(cov_q, cov_p)
    log_det = jnp.linalg.slogdet(ratio)[1]
    return 0.5 * (jnp.trace(ratio, axis1=-2, axis2=-1) - cov_p.shape[-1] - log_det)


_NORMAL = Case(
    "families.multivariate_normal.kl_divergence",
    _normal_kl,
    _normal_kl_formula,
    (_covariances, _covariances),
    {},
    argnums=1,
)
_HEAD = _named(HEADS, "losses.linear_softmax_cross_entropy")
_ENTROPY = _named(PROBS, "probs.entropy")
_KL = _named(LOGITS, "logits.kl_divergence")
_LABELS = _named(DENSE, "losses.softmax_cross_entropy_with_integer_labels")

SWEEPS = (
    _sweep(
        _named(PROBS, "probs.entropy"),
        "outcomes",
        1,
        (64, 512),
        (64, 8192),
        (512, 8192),
    ),
    _sweep(_KL, "rows", 0, (64, 512), (512, 1000), (4096, 4096)),
    _sweep(_KL, "outcomes", 1, (64, 512), (64, 8192), (512, 8192)),
    _sweep(_LABELS, "outcomes", 1, (64, 512), (64, 8192), (512, 8192)),
    _sweep(_HEAD, "width", 1, (64, 32, 1024), (256, 64, 8192), (4096, 512, 32_768)),
    _sweep(_HEAD, "outcomes", 2, (64, 32, 1024), (256, 64, 8192), (4096, 512, 16_384)),
    _sweep(_NORMAL, "dimensions", 1, (16, 8), (16, 16), (64, 64)),
    _sweep(
        _named(bounds.BOUNDS, "bounds.info_nce, embeddings"),
        "pairs",
        0,
        (64, 32),
        (512, 128),
        (2048, 512),
    ),
)

_ROWS_SPREAD = PartitionSpec(None, AXIS)
_WHOLE = PartitionSpec()


def _sharded(
    of: Case, call: Call, *specs: PartitionSpec, head: bool = False
) -> Sharded:
    def around(tokens: int, outcomes: int) -> tuple[Shape, ...]:
        """A shape, and the same with twice the rows and with twice the outcomes."""
        width = (64,) if head else ()
        sizes = ((tokens, outcomes), (2 * tokens, outcomes), (tokens, 2 * outcomes))
        return tuple((n, *width, k) for n, k in sizes)

    shapes = {
        "small": around(64, 2048),
        "medium": around(512, 16_384),
        "large": around(8192, 65_536),
    }
    return Sharded(of, call, specs, shapes)


def _entropy(x: Array) -> Array:
    return logits.entropy(x, axis_name=AXIS)


def _kl_divergence(x: Array, y: Array) -> Array:
    return logits.kl_divergence(x, y, axis_name=AXIS)


def _label_loss(x: Array, labels: Array) -> Array:
    loss = losses.softmax_cross_entropy_with_integer_labels
    return loss(x, labels, axis_name=AXIS)


def _head_loss(hidden: Array, kernel: Array, labels: Array) -> Array:
    loss = losses.linear_softmax_cross_entropy
    return loss(hidden, kernel, labels, axis_name=AXIS)


SHARDED = (
    _sharded(_named(LOGITS, "logits.entropy"), _entropy, _ROWS_SPREAD),
    _sharded(_KL, _kl_divergence, _ROWS_SPREAD, _ROWS_SPREAD),
    _sharded(_LABELS, _label_loss, _ROWS_SPREAD, _WHOLE),
    _sharded(
        _HEAD._replace(summed=None),
        _head_loss,
        _WHOLE,
        _ROWS_SPREAD,
        _WHOLE,
        head=True,
    ),
)
