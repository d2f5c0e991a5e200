"""Few labels: the mean of small neural networks, which bend where a process with one length cannot."""

from sklearn.ensemble import VotingRegressor
from sklearn.neural_network import MLPRegressor

HIDDEN = (64, 64)
"""Units of the layers; fewer, more, or a third layer order held-out architectures alike (the embedded bench)."""
EPOCHS = 60
"""Passes over the labels; two and a half times as many gain nothing there."""
PENALTY = 1.0
"""On the squared weights, beside the squared error of a minibatch."""
RATE = 5e-3
"""Of Adam."""


def networks(members: int = 4, *, seed: int = 0) -> VotingRegressor:
    """Mean of multilayer perceptrons (ReLU) that differ in their first weights and in the order of the labels.

    For targets of variance 1, as normal scores are. Every one is trained for `EPOCHS`: no label is kept aside to stop it.

    Args:
        members: how many.
        seed: of the first; the others take the seeds after it.
    """
    endless = {"tol": 1e6, "n_iter_no_change": EPOCHS - 2, "max_iter": 2 * EPOCHS}  # no loss counts as lower
    how = {"hidden_layer_sizes": HIDDEN, "alpha": PENALTY, "learning_rate_init": RATE, **endless}
    return VotingRegressor([(f"network {k}", MLPRegressor(random_state=seed + k, **how)) for k in range(members)])
