"""Proxies of the output's sensitivity to noise on the input."""

import torch
from torch import Tensor

from untrained.probe import Probe
from untrained.proxies import Undefined, proxy
from untrained.registry import suggest

KINDS = {
    "var_mean": lambda difference: difference.mean(-1).var(correction=0),
    "mse": lambda difference: difference.square().mean(),
}


def novak(outputs: Tensor, inputs: Tensor) -> Tensor:
    """Mean over samples of the Frobenius norm of d outputs_i / d x_i, with batch statistics the gradient of batch sums."""
    rows = [torch.autograd.grad(column.sum(), inputs, retain_graph=True)[0].flatten(1) for column in outputs.T]
    return torch.stack(rows, 1).flatten(1).norm(dim=1).mean()


@proxy(better="lower", needs=("outputs", "forward"), passes="(1+draws)F", cite="forouzesh2021sensitivity", relative=True)
def os(
    probe: Probe,
    *,
    kind: str = "var_mean",
    sigma: float = 0.1,
    batch: int = 128,
    draws: int = 10,
    norm: str = "batch",
    softmax: bool = False,
) -> float:
    """Output sensitivity (OS): how much the outputs move under input noise.

    d(x, e) = mean_c [ f_c(x + e) - f_c(x) ],  e ~ N(0, sigma^2 I);  OS = population variance of d over all pairs (x, e).

    Conventions: `kind="mse"` takes mean ||f(x + e) - f(x)||^2 / C, `kind="jacobian"` the mean Frobenius norm of the input
    Jacobian (no noise). Logits, or probabilities with `softmax`. One noise batch per draw, normalised by its own
    statistics in batch mode.
    Undefined when: the output does not react at all (a constant network would look perfect).
    """
    relative = probe.variant(norm=norm)
    squash = torch.nn.Softmax(dim=1) if softmax else torch.nn.Identity()
    if kind == "jacobian":
        run = relative.forward(batch)
        value = novak(squash(run.logits), run.inputs)
    elif kind in KINDS:
        clean = relative.inputs(batch)
        base = squash(relative.outputs(clean))
        noise = (sigma * relative.noise(f"os.noise{draw}", clean.shape) for draw in range(draws))
        value = KINDS[kind](torch.stack([squash(relative.outputs(clean + e)) - base for e in noise]).double())
    else:
        raise ValueError(f"Unknown kind {kind!r} of output sensitivity. {suggest(kind, [*KINDS, 'jacobian'])}")
    if value == 0:
        raise Undefined("the output does not depend on the input")
    return float(value)
