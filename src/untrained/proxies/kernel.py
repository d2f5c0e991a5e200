"""Proxies of the neural tangent kernel (NTK)."""

from statistics import fmean

from torch import Tensor

from untrained.gram import condition_number
from untrained.probe import Probe
from untrained.proxies import Undefined, proxy


@proxy(better="lower", needs=("kernel",), passes="repeats x (1F + batch B)", cite="chen2021tenas", relative=True)
def cnntk(
    probe: Probe, *, batch: int = 32, repeats: int = 3, init: str | None = "kaiming_fan_out", norm: str = "batch"
) -> float:
    """Condition number of the NTK (CNNTK).

    g_i = d(sum of the logits of sample i) / d(weights and normalisation scales);  Theta = G G';
    kappa = lambda_max / lambda_min, mean over `repeats` initialisations.

    Conventions: batch statistics couple the samples, so every row is one backward pass through the whole batch.
    Biases are left out. lambda_min is clipped at B 2^-52 lambda_max.
    Undefined when: every gradient is zero.
    Differs from: published code that replaces nan by 100000.
    """
    values = []
    for repeat in range(repeats):
        relative = probe.variant(init=init, seed=probe.setting.seed + 1000 * repeat, norm=norm)
        values.append(condition_number(relative.kernel(batch)))
        if values[-1] != values[-1]:
            raise Undefined("all gradients are zero")
    return fmean(values)


@proxy(better="lower", needs=("kernel",), passes="repeats x (1F+1B)", cite="chen2021tenas", relative=True)
def cnntk_frozen(probe: Probe, *, batch: int = 32, repeats: int = 1, init: str | None = "kaiming_fan_out") -> float:
    """Condition number of the NTK with the minibatch's normalisation statistics taken as constants.

    The outputs are those of batch mode, but no gradient passes through the statistics, so samples are not coupled, one
    backward pass gives every g_i, and the Gram is added up layer by layer.

    Conventions: as `cnntk`, with `init=None` the probe's own weights. Another measurement than `cnntk`: their rank
    correlation over small networks was 0.8.
    Undefined when: every gradient is zero.
    """
    return _condition(probe, "frozen", batch, repeats, init)


@proxy(better="lower", needs=("kernel",), passes="repeats x (1F+1B)", cite="chen2021tenas", relative=True)
def cnntk_running(probe: Probe, *, batch: int = 32, repeats: int = 1, init: str | None = "kaiming_fan_out") -> float:
    """Condition number of the NTK in eval mode: normalised by running statistics, 0 and 1 in a fresh network.

    Conventions: as `cnntk_frozen`. Hardly correlated with `cnntk`: deep signals shrink where nothing normalises them.
    Undefined when: every gradient is zero.
    """
    return _condition(probe, "running", batch, repeats, init)


@proxy(better="higher", needs=("kernel",), passes="1F+1B", cite="shu2022hnas", relative=True)
def ntk_trace(probe: Probe, *, batch: int = 32, init: str | None = "kaiming_fan_out") -> float:
    """Trace of the NTK: sum over samples of ||g_i||^2, g_i as for `cnntk_frozen`.

    Conventions: frozen batch statistics; the sum of a sample's logits; weights and normalisation scales.
    Undefined when: every gradient is zero.
    Differs from: code that takes the logit of the true class, and sqrt(trace / B).
    """
    value = float(_kernel(probe, "frozen", batch, init, 0).trace())
    if value == 0:
        raise Undefined("all gradients are zero")
    return value


def _condition(probe: Probe, norm: str, batch: int, repeats: int, init: str | None) -> float:
    values = [condition_number(_kernel(probe, norm, batch, init, 1000 * repeat)) for repeat in range(repeats)]
    if any(value != value for value in values):
        raise Undefined("all gradients are zero")
    return fmean(values)


def _kernel(probe: Probe, norm: str, batch: int, init: str | None, offset: int) -> Tensor:
    changes = {} if init is None else {"init": init, "seed": probe.setting.seed + offset}
    return probe.variant(norm=norm, **changes).kernel(batch)
