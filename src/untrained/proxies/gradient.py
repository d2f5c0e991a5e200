"""Proxies of the loss gradient with respect to the weights."""

from math import prod

from untrained.probe import Probe
from untrained.proxies import proxy
from untrained.registry import suggest


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


@proxy(better="higher", needs=("loss_gradients",), passes="1F+1B", cite="abdelfattah2021zerocost")
def plain(probe: Probe, *, batch: int | None = None) -> float:
    """Plain saliency, the signed sum over weights of w g.

    Conventions: 0, up to eps, for every convolution that batch normalisation follows: what remains comes from the others.
    Undefined when: no labels.
    """
    return sum(float((w * g).double().sum()) for w, g in probe.loss_gradients(batch).weights.values())


@proxy(better="higher", needs=("curvature",), passes="7F+1B", cite="wang2020grasp")
def grasp(probe: Probe, *, batch: int | None = None) -> float:
    """GraSP, - sum over weights of w (H g), with H the Hessian of the loss and g its gradient, on one minibatch.

    Conventions: temperature 1; the Hessian couples all layers; kinks of ReLU have no second derivative. Its scalar is all
    that is needed, so that no Hessian product is formed where `second_order` knows the layers (otherwise 1F+3B).
    Undefined when: no labels.
    Differs from: pruning code, which orders scores the other way round.
    """
    return -probe.curvature(batch)


@proxy(better="higher", needs=("forward", "loss_gradients"), passes="1F+1B", cite="turner2020fisher")
def fisher(probe: Probe, *, weighting: str = "fan_in", batch: int | None = None) -> float:
    """Fisher information of layer outputs: sum over layers and channels c of D_c, times the weights that feed c.

    D_c = 1/2 mean over samples of (sum over positions of a q)^2, with a the output and q the gradient of the mean loss.

    Conventions: outputs of convolutions and linear layers, before normalisation; `weighting="fan_in"` counts a channel once
    for each weight that feeds it, `"none"` once.
    Undefined when: no labels.
    Differs from: nothing but rounding; the published code ends in float32.
    """
    if weighting not in ("fan_in", "none"):
        raise ValueError(f"Unknown weighting {weighting!r} of fisher. {suggest(weighting, ['fan_in', 'none'])}")
    calls = zip(probe.forward(batch).layers, probe.loss_gradients(batch).saliency, strict=True)
    return sum(
        float(totals.square().mean(0).sum()) / 2 * (prod(layer.weight.shape[1:]) if weighting == "fan_in" else 1)
        for (_, layer, _, _), totals in calls
    )
