"""Measures time and memory of the Shannon family against what people use today.

`python tests/speed.py` prints, for each measure and shape, the median time of rounds in
which all contenders take turns, the ratio to the fastest peer, and the temporaries that
the compiler plans, as a share of the arguments. Quiet machine, please.
"""

import argparse
import functools
import statistics
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jax.scipy.special import entr, rel_entr

import jaxinfo
from jaxinfo import logits, losses

SHAPES = ((4096, 1000), (512, 32000))
Fn = Callable[..., jax.Array]


def _naive_entropy(x, y):
    log_p = jax.nn.log_softmax(x)
    return -jnp.sum(jnp.exp(log_p) * log_p, -1)


def _naive_kl(x, y):
    log_p, log_q = jax.nn.log_softmax(x), jax.nn.log_softmax(y)
    return jnp.sum(jnp.exp(log_p) * (log_p - log_q), -1)


def _optax_kl(x, y):
    log_p, log_q = jax.nn.log_softmax(x), jax.nn.log_softmax(y)
    return optax.losses.kl_divergence_with_log_targets(log_q, log_p)


def _naive_js(p, q):
    m = (p + q) / 2
    return 0.5 * jnp.sum(rel_entr(p, m) + rel_entr(q, m), -1)


def _naive_js_logits(x, y):
    return _naive_js(jax.nn.softmax(x), jax.nn.softmax(y))


def _naive_cross_entropy(x, y):
    return -jnp.sum(jax.nn.softmax(x) * jax.nn.log_softmax(y), -1)


def _labels(x):
    return jnp.argmin(x[:, :7], -1)


TABLES: dict[str, tuple[Fn, ...]] = {
    "entropy": (lambda p, q: jaxinfo.entropy(p), lambda p, q: entr(p).sum(-1)),
    "cross_entropy": (
        jaxinfo.cross_entropy,
        lambda p, q: -jax.scipy.special.xlogy(p, q).sum(-1),
    ),
    "kl_divergence": (jaxinfo.kl_divergence, lambda p, q: rel_entr(p, q).sum(-1)),
    "js_divergence": (jaxinfo.js_divergence, _naive_js),
}
LOGITS: dict[str, tuple[Fn, ...]] = {
    "logits.entropy": (lambda x, y: logits.entropy(x), _naive_entropy),
    "logits.cross_entropy": (logits.cross_entropy, _naive_cross_entropy),
    "logits.kl_divergence": (logits.kl_divergence, _naive_kl, _optax_kl),
    "logits.js_divergence": (logits.js_divergence, _naive_js_logits),
    "integer labels": (
        lambda x, y: losses.softmax_cross_entropy_with_integer_labels(x, _labels(y)),
        lambda x, y: optax.softmax_cross_entropy_with_integer_labels(x, _labels(y)),
    ),
}


def _with_gradient(fn: Fn, argument: int) -> Fn:
    def total(*args):
        return fn(*args).sum()

    return jax.value_and_grad(total, argnums=argument)


def race(contenders: list[Fn], args: tuple, rounds: int) -> list[tuple[float, float]]:
    """Median milliseconds and temporaries of each contender, taking turns."""
    compiled = [jax.jit(fn).lower(*args).compile() for fn in contenders]
    size = sum(x.nbytes for x in args)
    for program in compiled:
        jax.block_until_ready(program(*args))
    times: list[list[float]] = [[] for _ in compiled]
    for _ in range(rounds):
        for program, taken in zip(compiled, times, strict=True):
            start = time.perf_counter()
            jax.block_until_ready(program(*args))
            taken.append(1e3 * (time.perf_counter() - start))
    shares = [c.memory_analysis().temp_size_in_bytes / size for c in compiled]
    return list(zip(map(statistics.median, times), shares, strict=True))


def overhead(rounds: int) -> float:
    """Microseconds of a call on a 3-vector over those of a jitted one-liner."""
    p = jnp.array([0.2, 0.3, 0.5])
    one_liner = jax.jit(lambda p: -jnp.sum(p * jnp.log(p)))
    times = []
    for fn in (jaxinfo.entropy, one_liner):
        fn(p).block_until_ready()
        start = time.perf_counter()
        for _ in range(300 * rounds):
            fn(p).block_until_ready()
        times.append(time.perf_counter() - start)
    return times[0] / times[1]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="", help="part of the name of a measure")
    parser.add_argument(
        "--close", action="store_true", help="make q differ from p by a hundredth"
    )
    options = parser.parse_args()
    rounds = options.rounds
    row = "{:24s} {:12s} {:10s} {:>9s} {:>9s} {:>7s} {:>7s} {:>7s}"
    print(row.format("measure", "shape", "", "ms", "peer ms", "ratio", "temp", "peer"))
    for shape in SHAPES:
        keys = jax.random.split(jax.random.key(0))
        x, y = (jax.random.normal(key, shape) for key in keys)
        y = x + 0.01 * y if options.close else y
        p, q = jax.nn.softmax(x), jax.nn.softmax(y)
        for table, args in ((TABLES, (p, q)), (LOGITS, (x, y))):
            for name, fns in table.items():
                if options.only not in name:
                    continue
                last = (
                    0 if name in ("entropy", "logits.entropy", "integer labels") else 1
                )
                for label, wrap in (
                    ("forward", lambda fn: fn),
                    ("gradient", functools.partial(_with_gradient, argument=last)),
                ):
                    ours, *peers = race([wrap(fn) for fn in fns], args, rounds)
                    best = min(peers)
                    print(
                        row.format(
                            name,
                            "x".join(map(str, shape)),
                            label,
                            f"{ours[0]:.2f}",
                            f"{best[0]:.2f}",
                            f"{ours[0] / best[0]:.2f}",
                            f"{ours[1]:.2%}",
                            f"{best[1]:.0%}",
                        )
                    )
    print(f"call of entropy on a 3-vector over a jitted line: {overhead(rounds):.2f}")


if __name__ == "__main__":
    main()
