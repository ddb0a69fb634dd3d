"""Variational bounds on mutual information, from the scores of all pairs of a batch.

A critic scores every x of a batch with every y: `scores[..., i, j]` is f(x_i, y_j). The
diagonal are samples of the joint distribution, the rest samples of the product of the
marginals. Three bounds take log-densities log q(y_j | x_i) in that place. `Embeddings`
stands for scores that are inner products, and forms them tile by tile. Results are in
nats. Report them on data that the critic was not trained on.
"""

from jaxinfo.bounds._averaged import donsker_varadhan, js_bound, nwj, smile, tuba
from jaxinfo.bounds._conditional import barber_agakov, club, leave_one_out
from jaxinfo.bounds._contrastive import flo, info_nce, interpolated
from jaxinfo.bounds._pairs import Embeddings

__all__ = [
    "Embeddings",
    "barber_agakov",
    "club",
    "donsker_varadhan",
    "flo",
    "info_nce",
    "interpolated",
    "js_bound",
    "leave_one_out",
    "nwj",
    "smile",
    "tuba",
]
