"""Sizes of a network: what every other proxy has to beat."""

from torch import nn

from untrained.initialise import weighted_layers
from untrained.probe import Probe
from untrained.proxies import proxy


@proxy(better="higher", passes="none", cite="abdelfattah2021zerocost")
def params(probe: Probe) -> float:
    """#Param: number of trainable scalars, biases and normalisation included."""
    return float(sum(p.numel() for p in probe.network.parameters() if p.requires_grad))


@proxy(better="higher", needs=("forward",), passes="1F", cite="abdelfattah2021zerocost")
def flops(probe: Probe, *, batch: int | None = None) -> float:
    """FLOPs: multiply-accumulates of convolutions and linear layers for one input, not doubled; a bias is an input."""
    total = 0
    for _, layer, _, output in probe.forward(batch).layers:
        positions = output[0].numel() / (output.shape[-1] if isinstance(layer, nn.Linear) else output.shape[1])
        total += positions * (layer.weight.numel() + (layer.bias is not None) * len(layer.weight))
    return total


@proxy(better="higher", passes="none", cite="abdelfattah2021zerocost")
def l2_norm(probe: Probe) -> float:
    """Sum over layers of the weight norm, sum_l ||w_l||_2, of convolutions and linear layers.

    Conventions: no data; under a Kaiming rule it is, up to chance, a function of the layers' shapes.
    """
    return sum(float(layer.weight.detach().double().norm()) for _, layer in weighted_layers(probe.network))
