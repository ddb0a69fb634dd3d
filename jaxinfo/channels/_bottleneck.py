"""The information bottleneck: a summary of X that keeps what it says about Y."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

from jaxinfo._core import checks, joint, units, values
from jaxinfo._core.jit import jitted
from jaxinfo._core.joint import Blocks
from jaxinfo.channels import _encoding, _simplex

__all__ = ["InformationBottleneck", "information_bottleneck"]


class InformationBottleneck(NamedTuple):
    """A solution of the information bottleneck, and how exactly it is one.

    Attributes:
      encoder: Probabilities p(t|x) of the clusters for every x.
      complexity: Information I(T; X) that the clusters take from X.
      relevance: Information I(T; Y) that they keep about Y.
      objective: I(T; X) - b I(T; Y), what is minimized.
      residual: The most that another step of the iteration would change p(t|x).
      num_used: How many different clusters there are.
      iterations: Steps taken.
    """

    encoder: jax.Array
    complexity: jax.Array
    relevance: jax.Array
    objective: jax.Array
    residual: jax.Array
    num_used: jax.Array
    iterations: jax.Array


# The most that a probability may still change, by default.
_TOLERANCE = {"float64": 1e-10, "float32": 1e-5}


@jitted("num_clusters", "base")
def information_bottleneck(
    key: jax.Array | None,
    p_xy: ArrayLike,
    beta: ArrayLike,
    *,
    num_clusters: int | None = None,
    tolerance: ArrayLike | None = None,
    max_iterations: ArrayLike = 2000,
    base: float | None = None,
) -> InformationBottleneck:
    r"""The information bottleneck: clusters T of X that keep what X says about Y.

    $$ \min_{p(t | x)} I(T; X) - \beta \, I(T; Y), \qquad
    p(t | x) \propto p(t) \, e^{-\beta D(p(y | x) \| p(y | t))} $$

    Args:
      key: Random key that the encoder is drawn with to start from. `None` starts from
        one near the clusters `x % num_clusters`, the same each time.
      p_xy: Joint probabilities, shape `(..., X, Y)`.
      beta: What a unit of relevance is worth, at least 0 and finite, shape `(...)`.
      num_clusters: Number of clusters T; static. `None` is X: as many as ever needed.
      tolerance: The most that a step of the iteration may change p(t|x) at the end; may
        be traced. `None` is 1e-10 in float64 and 1e-5 in float32.
      max_iterations: Number of accelerated steps to stop after in any case; may be
        traced.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      An `InformationBottleneck`: numbers of the shape that the batch axes broadcast to;
      the encoder with `(X, T)` behind; float32 or float64, counts int32.

    Raises:
      TypeError: If `p_xy` or `beta` is not a floating array, `num_clusters` not an int,
        `tolerance` or `max_iterations` not a real scalar, or `base` not a number.
      ValueError: If shapes do not fit, or `num_clusters` or `base` is out of range.

    Examples:
      >>> import jax
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p_xy = jnp.array([[0.2, 0.05], [0.2, 0.05], [0.05, 0.45]])
      >>> beta = jnp.array([1.0, 10.0])
      >>> result = jaxinfo.channels.information_bottleneck(None, p_xy, beta, base=2)
      >>> print(result.num_used, result.relevance.round(2))
      [1 2] [0.  0.4]

    Notes:
      The iteration of Tishby, Pereira and Bialek on log p(t|x), extrapolated (SQUAREM)
      where that lowers the objective: it never rises. A step takes X Y T operations
      thrice. `residual` tells how nearly the equations hold, which is what can be
      certified: the problem is not convex, and the result a local minimum. Of several
      keys, by `jax.vmap`, take the one with the least objective. At phase transitions,
      where clusters part, the iteration is slow.

      Up to beta = 1 there is one cluster: relevance is at most complexity. A cluster
      that is not needed dies out or coincides with another; `num_used` counts those
      with mass and a p(y|t) of their own.

      Encoder and measures are differentiable through the equations, by conjugate
      gradients; the gradient of `objective` is that at a fixed encoder. The derivative
      of the encoder is that of this solution, and means nothing at a phase transition;
      clusters that coincide keep their proportions.

    References:
      N. Tishby, F. C. Pereira and W. Bialek, "The Information Bottleneck Method", 1999,
      eqs. (15), (16) and (28); R. Varadhan and C. Roland, "Simple and Globally
      Convergent Methods for Accelerating the Convergence of Any EM Algorithm", 2008.

    See Also:
      `rate_distortion`, with a distortion that does not depend on the clusters;
      `jaxinfo.mutual_information`, the relevance of X itself.
    """
    shape = getattr(p_xy, "shape", (1, 1))
    if len(shape) < 2 or 0 in shape[-2:]:
        raise ValueError(f"`p_xy` must have shape (..., X, Y), got shape {shape}.")
    _, (joint_table,) = checks.of_tables(["p_xy"], [p_xy], (-2, -1), None)
    beta = checks.as_floating("beta", beta)
    wrong = ~((beta >= 0) & jnp.isfinite(beta))
    values.report(wrong, "`beta` is not from 0 to infinity in row {row}")
    size = joint_table.shape[-2]
    clusters = _as_number(num_clusters, size)
    try:
        batch = jnp.broadcast_shapes(joint_table.shape[:-2], beta.shape)
    except ValueError:
        raise ValueError(
            "The batch axes of `p_xy` and `beta` must broadcast, got shapes "
            f"{joint_table.shape} and {beta.shape}."
        ) from None
    dtype = checks.compute_dtype(joint_table, beta)
    limit = checks.as_scalar("max_iterations", max_iterations, "int32")
    within = _TOLERANCE[dtype] if tolerance is None else tolerance
    within = checks.as_scalar("tolerance", within, dtype)

    def of_one(
        p_xy: jax.Array, beta: jax.Array, start: jax.Array
    ) -> InformationBottleneck:
        problem = _encoding.Problem(p_xy, beta)
        end = _encoding.solve(problem, start, within, limit)
        log_encoder = _encoding.follow(problem, end.log_encoder)
        encoder = jnp.exp(log_encoder)
        complexity, relevance = _measures(p_xy, encoder)
        objective = complexity - beta * relevance
        fixed = lax.stop_gradient((p_xy, encoder))
        return InformationBottleneck(
            encoder=encoder,
            complexity=units.from_nats(complexity, base),
            relevance=units.from_nats(relevance, base),
            objective=units.from_nats(objective, base),
            residual=lax.stop_gradient(end.residual),
            num_used=_encoding.num_used(*fixed),
            iterations=end.iterations,
        )

    operands = (
        (joint_table.astype(dtype), 2),
        (beta.astype(dtype), 0),
        (_start(key, (*batch, size, clusters), dtype), 2),
    )
    return InformationBottleneck(*_simplex.over_batch(of_one, *operands))


def _as_number(num_clusters: int | None, size: int) -> int:
    if num_clusters is None:
        return size
    if isinstance(num_clusters, bool) or not isinstance(num_clusters, int):
        raise TypeError(
            f"`num_clusters` must be an int or None, got {type(num_clusters).__name__}."
        )
    if num_clusters < 1:
        raise ValueError(f"`num_clusters` must be at least 1, got {num_clusters}.")
    return num_clusters


def _start(key: jax.Array | None, shape: tuple[int, ...], dtype: str) -> jax.Array:
    """Logarithms of the encoder to start from."""
    if key is None:
        *_, size, clusters = shape
        cluster = jnp.arange(size)[:, None] % clusters
        logits = jnp.where(cluster == jnp.arange(clusters)[None, :], 2.0, 0.0)
        logits = jnp.broadcast_to(logits.astype(dtype), shape)
    else:
        logits = jax.random.normal(key, shape, dtype)
    return jax.nn.log_softmax(logits, axis=-1)


def _measures(p_xy: jax.Array, encoder: jax.Array) -> tuple[jax.Array, jax.Array]:
    """I(T; X) and I(T; Y)."""
    blocks = Blocks((0,), (1,), (), p_xy.dtype.name)
    with_x = jnp.sum(p_xy, axis=1)[:, None] * encoder
    with_y = _simplex.matmul(encoder.T, p_xy)
    return (
        joint.mutual_information(blocks, with_x),
        joint.mutual_information(blocks, with_y),
    )
