"""A certain outcome has information 0, and not -0, in every verb of both rooms."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np

from contract import sampled
from jaxinfo import logits, losses, probs

CERTAIN = jnp.array([1.0, 0.0, 0.0], jnp.float32)
JOINT = jnp.zeros((2, 2), jnp.float32).at[0, 0].set(1.0)
NO_VALUE = {"f_divergence", "subset_entropies", "normalize"}
# The logarithm of 1 is left as it is where every entry has a value.
NO_VALUE |= {"self_information", "pointwise_mutual_information"}
OFTEN = ["entropy", "min_entropy", "joint_entropy"]
NAMES = [name for name in probs.__all__ if name not in NO_VALUE]


def arguments(verb):
    """Certain distributions for a verb of tables, by the names of its arguments."""
    parameters = inspect.signature(verb).parameters
    joint = {"axes", "x_axis", "given"} & set(parameters) or "p_xy" in parameters
    table = JOINT[None] if "z_axis" in parameters else JOINT
    values = {
        "alpha": jnp.float32(2.0),
        "ps": jnp.stack([CERTAIN, CERTAIN]),
        "weights": jnp.array([0.25, 0.75], jnp.float32),
    }
    for name, parameter in parameters.items():
        if parameter.kind is not parameter.KEYWORD_ONLY:
            yield values.get(name, table if joint else CERTAIN)


def has_negative_zero(values):
    return bool((np.signbit(values) & (np.asarray(values) == 0)).any())


@sampled("name", NAMES, *OFTEN)
def test_zero_has_no_sign(name):
    given = list(arguments(getattr(probs, name)))
    assert not has_negative_zero(getattr(probs, name)(*given))
    if hasattr(logits, name) and not name.startswith("binary"):
        # All but orders and weights are tables.
        scores = [jnp.log(x) if (x == 1).any() else x for x in given]
        assert not has_negative_zero(getattr(logits, name)(*scores))


def test_report_and_gradients_stay():
    x = jnp.array([200.0, -200.0, -200.0], jnp.float32)
    _, report = losses.softmax_cross_entropy_with_report(x, CERTAIN)
    assert not any(np.signbit(value) for value in report)
    # What takes the sign away leaves slopes of all orders alone.
    p = jnp.array([0.5, 0.25, 0.25], jnp.float32)
    curvature = jax.hessian(lambda q: probs.kl_divergence(p, q))(p)
    np.testing.assert_allclose(curvature, jnp.diag(1 / p), rtol=1e-6)
