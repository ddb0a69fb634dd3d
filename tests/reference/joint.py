"""Measures of joint tables, in mpmath: X on axis 0, Y on axis 1, Z on axis 2."""

from mpmath import fsum, inf, log, sqrt

from reference import tables

__all__ = [
    "cmi",
    "conditional_entropy_x_given_y",
    "conditional_entropy_y_given_x",
    "dual_total_correlation",
    "interaction_information",
    "joint_entropy",
    "mi",
    "nmi",
    "o_information",
    "pmi",
    "total_correlation",
    "variation_of_information",
]


def _cells(table, index=()):
    """The entries of nested lists, by index."""
    if not isinstance(table, list):
        return {index: table}
    return {
        place: value
        for i, branch in enumerate(table)
        for place, value in _cells(branch, (*index, i)).items()
    }


def _marginal(cells, axes):
    """The table of some of the variables."""
    terms = {}
    for index, value in cells.items():
        terms.setdefault(tuple(index[a] for a in axes), []).append(value)
    return {index: fsum(values) for index, values in terms.items()}


def _entropies(table):
    """The number of variables, and the entropy of any of them."""
    cells = _cells(table)
    dim = len(next(iter(cells)))
    return dim, lambda *axes: tables.entropy(_marginal(cells, axes).values())


def joint_entropy(table):
    dim, h = _entropies(table)
    return h(*range(dim))


def conditional_entropy_y_given_x(table):
    _, h = _entropies(table)
    return h(0, 1) - h(0)


def conditional_entropy_x_given_y(table):
    _, h = _entropies(table)
    return h(0, 1) - h(1)


def variation_of_information(table):
    _, h = _entropies(table)
    return 2 * h(0, 1) - h(0) - h(1)


def mi(table):
    _, h = _entropies(table)
    return h(0) + h(1) - h(0, 1)


def nmi(table, kind):
    _, h = _entropies(table)
    x, y = h(0), h(1)
    scale = {
        "arithmetic": (x + y) / 2,
        "geometric": sqrt(x * y),
        "min": min(x, y),
        "max": max(x, y),
        "joint": h(0, 1),
    }
    return mi(table) / scale[kind]


def pmi(table):
    cells = _cells(table)
    x, y = _marginal(cells, (0,)), _marginal(cells, (1,))
    return [
        [-inf if p == 0 else log(p / (x[i,] * y[j,])) for j, p in enumerate(row)]
        for i, row in enumerate(table)
    ]


def cmi(table):
    _, h = _entropies(table)
    return h(0, 2) + h(1, 2) - h(2) - h(0, 1, 2)


def interaction_information(table):
    # The sign of co-information: I(X; Y) - I(X; Y | Z).
    _, h = _entropies(table)
    return h(0) + h(1) - h(0, 1) - cmi(table)


def total_correlation(table):
    dim, h = _entropies(table)
    return fsum(h(a) for a in range(dim)) - h(*range(dim))


def dual_total_correlation(table):
    dim, h = _entropies(table)
    joint = h(*range(dim))
    rests = [[b for b in range(dim) if b != a] for a in range(dim)]
    return joint - fsum(joint - h(*rest) for rest in rests)


def o_information(table):
    return total_correlation(table) - dual_total_correlation(table)
