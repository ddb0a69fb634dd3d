"""What the page on many devices says: its code runs, and `check_vma` matters."""

import pathlib
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P

from jaxinfo import losses

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "how-to" / "many_devices.md"


@pytest.fixture(scope="module")
def names():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert len(blocks) == 3
    names = {}
    exec("\n".join(blocks), names)
    return names


@pytest.mark.matrix
def test_both_ways_give_the_numbers_of_one_device(names):
    arrays = names["hidden"], names["head"], names["labels"]
    want = jax.jit(jax.value_and_grad(names["loss"], argnums=(0, 1)))(*arrays)
    for got in (names["by_jit"], names["by_shard_map"]):
        for x, y in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
            scale = float(jnp.abs(y).max())
            np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-5 * scale)


@pytest.mark.matrix
def test_gradients_inside_need_check_vma(names):
    """Without it they are too large, by the number of devices along the axis."""
    mesh, labels = names["mesh"], names["labels"]
    logits = names["hidden"] @ names["head"]

    def total(logits, labels, axis_name=None):
        return losses.softmax_cross_entropy_with_integer_labels(
            logits, labels, axis_name=axis_name
        ).sum()

    def sharded(check_vma):
        return jax.shard_map(
            lambda *args: jax.grad(total)(*args, axis_name="classes"),
            mesh=mesh,
            in_specs=(P("tokens", "classes"), P("tokens")),
            out_specs=P("tokens", "classes"),
            check_vma=check_vma,
        )(logits, labels)

    want = jax.grad(total)(logits, labels)
    right, wrong = jax.jit(lambda: (sharded(True), sharded(False)))()
    np.testing.assert_allclose(right, want, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(wrong, 4 * want, rtol=1e-5, atol=1e-6)
