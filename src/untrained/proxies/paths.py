"""Proxies of the all-positive network: products of weights along paths, without data."""

from untrained.probe import Probe
from untrained.proxies import Undefined, proxy


@proxy(better="higher", needs=("path_gradients",), passes="1F+1B", cite="tanaka2020synflow")
def synflow(probe: Probe) -> float:
    """Synaptic flow, sum over weights of |w dR/dw| with R the sum of outputs of the all-positive network on ones.

    Conventions: weights and biases replaced by absolute values, batch normalisation by the identity; float64.
    Undefined when: 0, no path from input to output.
    Differs from: Zero-Cost NAS, which keeps batch normalisation in the reduction blocks of NAS-Bench-201.
    """
    value = sum(float((w * g).abs().sum()) for w, g in probe.path_gradients().values())
    if value == 0:
        raise Undefined("no path from the input to the output")
    return value
