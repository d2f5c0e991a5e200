"""Proxies of the loss gradient with respect to the weights."""

from untrained.probe import Probe
from untrained.proxies import proxy


@proxy(better="higher", needs=("loss_gradients",), passes="1F+1B", cite="abdelfattah2021zerocost")
def grad_norm(probe: Probe, *, batch: int | None = None) -> float:
    """Sum over layers of the gradient norm, sum_l ||g_l||_2 (not the norm of the concatenation).

    Conventions: layers are convolutions and linear layers, weights only; mean cross-entropy.
    Undefined when: no labels.
    """
    return sum(float(g.double().norm()) for _, g in probe.loss_gradients(batch).weights.values())


@proxy(better="higher", needs=("loss_gradients",), passes="1F+1B", cite="lee2019snip")
def snip(probe: Probe, *, batch: int | None = None) -> float:
    """SNIP saliency, sum over weights of |w g|.

    Undefined when: no labels.
    """
    return sum(float((w * g).double().abs().sum()) for w, g in probe.loss_gradients(batch).weights.values())
