"""Proxies of the all-positive network: products of weights along paths, without data."""

from collections.abc import Mapping

from torch import Tensor

from untrained.probe import Probe
from untrained.proxies import Undefined, proxy


@proxy(better="higher", needs=("path_gradients",), passes="1F+1B", cite="tanaka2020synflow")
def synflow(probe: Probe) -> float:
    """Synaptic flow, sum over weights of |w dR/dw| with R the sum of outputs of the all-positive network on ones.

    Conventions: weights and biases replaced by absolute values, batch normalisation by the identity; float64.
    Undefined when: 0, no path from input to output.
    Differs from: Zero-Cost NAS, which keeps batch normalisation in the reduction blocks of NAS-Bench-201.
    """
    return _flow(probe.path_gradients())


@proxy(better="higher", needs=("path_gradients",), passes="1F+1B", cite="abdelfattah2021zerocost")
def synflow_bn(probe: Probe) -> float:
    """Synaptic flow with batch normalisation left in: `synflow`, every parameter and statistic made positive.

    Conventions: one image of ones, in batch mode normalised by its own statistics over positions; float64.
    Undefined when: 0, no path from input to output; one image cannot be normalised.
    """
    try:
        return _flow(probe.path_gradients(norms=True))
    except ValueError as error:
        raise Undefined(str(error)) from error


def _flow(gradients: Mapping[str, tuple[Tensor, Tensor]]) -> float:
    value = sum(float((w * g).abs().sum()) for w, g in gradients.values())
    if value == 0:
        raise Undefined("no path from the input to the output")
    return value
