"""How each measure of the truth set is asked of jaxinfo.

A call takes the inputs of a case in their order, stacked along a new leading axis,
then the label if there is one; what else a measure needs is passed by keyword.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

from jaxinfo import families, logits, losses, probs

__all__ = ["MEASURES", "Call", "gradient"]

Call = Callable[..., Array]


def gradient(measure: Call, argument: int) -> Call:
    """The gradient of a measure in one argument, row by row."""
    return jax.vmap(jax.grad(measure, argnums=argument))


def _of_order(measure: Call) -> Call:
    """A measure whose order is a parameter of the case, infinity as a string."""
    return lambda *tables, alpha: measure(*tables, float(alpha))


_SCALARS: dict[str, Call] = {
    "self_information": probs.self_information,
    # Elementwise measures that have no verb of their own are one-entry tables.
    "neg_p_log_p": lambda p: probs.entropy(p[:, None]),
    "kl_div_elem": lambda p, q: probs.kl_divergence(p[:, None], q[:, None]),
    "binary_entropy": probs.binary_entropy,
    "binary_entropy_from_logit": logits.binary_entropy,
    "binary_kl": probs.binary_kl_divergence,
    "binary_kl_from_logits": logits.binary_kl_divergence,
}

_VECTORS: dict[str, Call] = {
    "alpha_divergence": _of_order(probs.alpha_divergence),
    "bhattacharyya": probs.bhattacharyya_distance,
    "chi2_neyman": lambda p, q: probs.chi_squared_divergence(q, p),
    "chi2_pearson": probs.chi_squared_divergence,
    "cross_entropy": probs.cross_entropy,
    "entropy": probs.entropy,
    "gjs": probs.generalized_js_divergence,
    "hellinger": probs.hellinger_distance,
    "jeffreys": probs.jeffreys_divergence,
    "js": probs.js_divergence,
    "js_distance": probs.js_distance,
    "kl": probs.kl_divergence,
    "kl_generalized": probs.kl_divergence,
    "perplexity": probs.perplexity,
    "renyi_divergence": _of_order(probs.renyi_divergence),
    "renyi_entropy": _of_order(probs.renyi_entropy),
    "reverse_kl": lambda p, q: probs.kl_divergence(q, p),
    "squared_hellinger": probs.squared_hellinger_distance,
    "tsallis_divergence": _of_order(probs.tsallis_divergence),
    "tsallis_entropy": _of_order(probs.tsallis_entropy),
    "tv": probs.total_variation_distance,
}


def _of_all_variables(measure: Call) -> Call:
    """A measure of many variables: all axes but that of the stacked cases."""
    return lambda t: measure(t, axes=tuple(range(1, t.ndim)))


_TABLES: dict[str, Call] = {
    "cmi": probs.conditional_mutual_information,
    "conditional_entropy_x_given_y": lambda t: probs.conditional_entropy(
        t, axis=-2, given=-1
    ),
    "conditional_entropy_y_given_x": probs.conditional_entropy,
    "joint_entropy": lambda t: probs.joint_entropy(t, axis=tuple(range(1, t.ndim))),
    "mi": probs.mutual_information,
    "nmi": lambda t, *, kind: probs.normalized_mutual_information(
        t, normalization=kind
    ),
    "pmi": probs.pointwise_mutual_information,
    "variation_of_information": probs.variation_of_information,
    "dual_total_correlation": _of_all_variables(probs.dual_total_correlation),
    "interaction_information": _of_all_variables(probs.interaction_information),
    "o_information": _of_all_variables(probs.o_information),
    "total_correlation": _of_all_variables(probs.total_correlation),
}

_LOGITS: dict[str, Call] = {
    "cross_entropy_from_logits": logits.cross_entropy,
    "entropy_from_logits": logits.entropy,
    "js_from_logits": logits.js_divergence,
    "kl_from_logits": logits.kl_divergence,
    "label_cross_entropy_from_logits": losses.softmax_cross_entropy_with_integer_labels,
}

_GRADIENTS: dict[str, Call] = {
    "grad_cross_entropy_logits_p": gradient(logits.cross_entropy, 0),
    "grad_cross_entropy_logits_q": gradient(logits.cross_entropy, 1),
    "grad_cross_entropy_p": gradient(probs.cross_entropy, 0),
    "grad_cross_entropy_q": gradient(probs.cross_entropy, 1),
    "grad_entropy_logits": gradient(logits.entropy, 0),
    "grad_entropy_p": gradient(probs.entropy, 0),
    "grad_js_logits_p": gradient(logits.js_divergence, 0),
    "grad_js_p": gradient(probs.js_divergence, 0),
    "grad_kl_logits_p": gradient(logits.kl_divergence, 0),
    "grad_kl_logits_q": gradient(logits.kl_divergence, 1),
    "grad_kl_p": gradient(probs.kl_divergence, 0),
    "grad_kl_q": gradient(probs.kl_divergence, 1),
    "grad_label_cross_entropy_logits": gradient(
        losses.softmax_cross_entropy_with_integer_labels, 0
    ),
}

_CLOSED: dict[str, Call] = {
    "bernoulli_entropy": families.bernoulli.entropy,
    "bernoulli_kl": families.bernoulli.kl_divergence,
    "beta_entropy": families.beta.entropy,
    "beta_kl": families.beta.kl_divergence,
    "dirichlet_entropy": families.dirichlet.entropy,
    "dirichlet_kl": families.dirichlet.kl_divergence,
    "exponential_entropy": families.exponential.entropy,
    "exponential_kl": families.exponential.kl_divergence,
    "gamma_cross_entropy": families.gamma.cross_entropy,
    "gamma_entropy": families.gamma.entropy,
    "gamma_kl": families.gamma.kl_divergence,
    "gaussian_mi_from_rho": families.normal.mutual_information,
    "geometric_entropy": families.geometric.entropy,
    "geometric_kl": families.geometric.kl_divergence,
    "gumbel_entropy": families.gumbel.entropy,
    "laplace_entropy": families.laplace.entropy,
    "laplace_kl": families.laplace.kl_divergence,
    "logistic_entropy": families.logistic.entropy,
    "lognormal_entropy": families.log_normal.entropy,
    "lognormal_kl": families.log_normal.kl_divergence,
    "mvn_bhattacharyya": families.multivariate_normal.bhattacharyya_distance,
    "mvn_cross_entropy": families.multivariate_normal.cross_entropy,
    "mvn_entropy": families.multivariate_normal.entropy,
    "mvn_hellinger": families.multivariate_normal.hellinger_distance,
    "mvn_kl": families.multivariate_normal.kl_divergence,
    "mvn_mi": lambda cov, *, nx: families.multivariate_normal.mutual_information(
        cov, nx
    ),
    "mvn_renyi_divergence": families.multivariate_normal.renyi_divergence,
    "mvn_renyi_entropy": families.multivariate_normal.renyi_entropy,
    "mvn_squared_hellinger": families.multivariate_normal.squared_hellinger_distance,
    "mvn_w2": families.multivariate_normal.wasserstein_distance,
    "normal_bhattacharyya": families.normal.bhattacharyya_distance,
    "normal_cross_entropy": families.normal.cross_entropy,
    "normal_entropy": families.normal.entropy,
    "normal_hellinger": families.normal.hellinger_distance,
    "normal_kl": families.normal.kl_divergence,
    "normal_renyi_divergence": families.normal.renyi_divergence,
    "normal_renyi_entropy": families.normal.renyi_entropy,
    "normal_squared_hellinger": families.normal.squared_hellinger_distance,
    "normal_w2": families.normal.wasserstein_distance,
    "pareto_entropy": families.pareto.entropy,
    # Of a common scale.
    "pareto_kl": lambda a, b: families.pareto.kl_divergence(
        a, jnp.ones_like(a), b, jnp.ones_like(b)
    ),
    "poisson_kl": families.poisson.kl_divergence,
    "student_t_entropy": families.student_t.entropy,
    "uniform_entropy": families.uniform.entropy,
    "uniform_kl": families.uniform.kl_divergence,
    "von_mises_entropy": families.von_mises.entropy,
    "von_mises_kl": families.von_mises.kl_divergence,
    "weibull_entropy": families.weibull.entropy,
    "wishart_entropy": families.wishart.entropy,
}

MEASURES: dict[str, Call] = (
    _SCALARS | _VECTORS | _TABLES | _LOGITS | _GRADIENTS | _CLOSED
)
