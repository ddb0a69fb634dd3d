"""Distillation against the text-book divergences, from logits and from linear heads."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import linear_heads as heads
from contract import WIDEST, compiled, quick, sampled
from jaxinfo import losses
from linear_heads import TOKENS, close

DIRECTIONS = ["forward", "reverse", "js"]
by_direction = sampled("direction", DIRECTIONS, "forward")
TOLERANCE = {"float64": 1e-12, "float32": 1e-5}


def divergence(direction, student, teacher, temperature=1.0):
    log_q = jax.nn.log_softmax(student / temperature)
    log_p = jax.nn.log_softmax(teacher / temperature)
    p, q = jnp.exp(log_p), jnp.exp(log_q)
    if direction == "js":
        middle = jnp.log((p + q) / 2)
        return (p * (log_p - middle) + q * (log_q - middle)).sum(-1) / 2
    gap = log_p - log_q
    return (p * gap).sum(-1) if direction == "forward" else -(q * gap).sum(-1)


def _layers():
    """A student and a teacher of another width, both without the fourth class."""
    hidden, kernel, bias, _ = heads.arguments(WIDEST)
    rng = np.random.default_rng(9)
    wide = jnp.asarray(rng.standard_normal((TOKENS, 6)), WIDEST)
    teacher = jnp.asarray(rng.standard_normal((6, kernel.shape[1])), WIDEST)
    return hidden, kernel, bias, wide, teacher


@by_direction
def test_loss_from_logits(direction):
    hidden, kernel, bias, wide, teacher = _layers()
    x = heads.logits_of(hidden, kernel, bias)
    y = heads.logits_of(wide, teacher, bias)
    loss = functools.partial(
        losses.distillation_loss, direction=direction, temperature=2.5
    )
    formula = functools.partial(divergence, direction, temperature=2.5)

    def program(fn):
        def total(x, y):
            each = fn(x, y)
            return jnp.sum(each), each

        return jax.value_and_grad(total, argnums=(0, 1), has_aux=True)

    got = compiled(program(loss))(x, y)
    close(got, quick(program(formula))(x, y), TOLERANCE[WIDEST])


@by_direction
@pytest.mark.parametrize(
    "weighted", [True, pytest.param(False, marks=pytest.mark.matrix)]
)
def test_linear_loss_is_that_of_all_logits(direction, weighted):
    hidden, kernel, bias, wide, teacher = _layers()
    weights = jnp.linspace(0.5, 2.0, TOKENS, dtype=WIDEST)
    options = {
        "direction": direction,
        "temperature": 2.5,
        "soft_cap": 3.0,
        "tile_size": 4,
    }

    def ours(hidden, kernel, bias):
        more = {"weights": weights} if weighted else {}
        loss = losses.linear_distillation_loss(
            hidden, kernel, wide, teacher, bias=bias, teacher_bias=bias_of_teacher,
            **options, **more,
        )  # fmt: skip
        return loss if weighted else jnp.sum(loss * weights)

    def formula(hidden, kernel, bias):
        x = heads.logits_of(hidden, kernel, bias, 3.0)
        y = heads.logits_of(wide, teacher, bias_of_teacher)
        return jnp.sum(divergence(direction, x, y, 2.5) * weights)

    bias_of_teacher = bias
    of_layer = functools.partial(jax.value_and_grad, argnums=(0, 1, 2))
    got = compiled(of_layer(ours))(hidden, kernel, bias)
    want = quick(of_layer(formula))(hidden, kernel, bias)
    close(got, want, TOLERANCE[WIDEST])


@pytest.mark.matrix
def test_teacher_is_a_constant():
    hidden, kernel, bias, wide, teacher = _layers()

    def total(teacher):
        loss = losses.linear_distillation_loss(hidden, kernel, wide, teacher, bias=bias)
        return jnp.sum(jnp.where(jnp.isfinite(loss), loss, 0.0))

    assert not np.any(jax.grad(total)(teacher))


@by_direction
def test_a_student_like_its_teacher_has_nothing_to_learn(direction):
    """Exactly 0, and next to it right to rounding, however far the logits are off."""
    x = jnp.asarray([[3.0, -1.0, 0.5, 2.0]], "float32")
    assert losses.distillation_loss(x, x, direction=direction, temperature=0.7) == 0
    near = x + jnp.asarray([[0.0, 2.0**-20, 0.0, 0.0]], "float32")
    loss = losses.distillation_loss(near, x, direction=direction)
    p = np.asarray(jax.nn.softmax(x), "float64")[0, 1]
    scale = 8 if direction == "js" else 2
    np.testing.assert_allclose(loss, p * (1 - p) * 2.0**-40 / scale, rtol=1e-4)
    far = losses.distillation_loss(near + 2.0**20, x + 2.0**20, direction=direction)
    assert np.isfinite(far)


@pytest.mark.matrix
def test_supports_that_differ():
    x = jnp.asarray([0.0, -jnp.inf, 1.0], WIDEST)
    y = jnp.asarray([0.0, 1.0, 1.0], WIDEST)
    assert losses.distillation_loss(x, y) == np.inf
    assert np.isfinite(
        losses.distillation_loss(x, y, direction="reverse", temperature=3.0)
    )
    assert losses.distillation_loss(x, y, direction="js") < np.log(2)
    with pytest.raises(ValueError, match="`direction`"):
        losses.distillation_loss(x, y, direction="backward")
