"""Proxies of the neural tangent kernel (NTK)."""

from statistics import fmean

from untrained.gram import condition_number, gram
from untrained.probe import Probe
from untrained.proxies import Undefined, proxy


@proxy(better="lower", needs=("sample_gradients",), passes="repeats x (1F + batch B)", cite="chen2021tenas")
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
        values.append(condition_number(gram(relative.sample_gradients(batch))))
        if values[-1] != values[-1]:
            raise Undefined("all gradients are zero")
    return fmean(values)
