"""Proxies of how much the loss gradients of different samples agree."""

import torch
from torch import nn

from untrained.gram import Call, layer_rows
from untrained.initialise import WEIGHTED
from untrained.probe import Probe
from untrained.proxies import Undefined, proxy
from untrained.recording import NoStatistics


@proxy(better="higher", needs=("part_gradients",), passes="1F+1B", cite="li2023zico")
def zico(probe: Probe, *, parts: int = 2, batch: int | None = None) -> float:
    """ZiCo: mean absolute gradient over the gradient's deviation, layer by layer.

    Over `parts` equal pieces of the minibatch, m = mean of |g| and s = population deviation of g, per weight;
    score = sum over layers of ln( sum over weights with s != 0 of m / s ).

    Conventions: convolutions and linear layers; each piece is normalised by its own statistics; layers whose sum is 0 are
    left out. The published protocol takes 2 batches of 128: batch 256 here. Which samples share a piece follows from
    their order.
    Undefined when: no labels, an odd batch, or no layer has a gradient.
    Differs from: the paper's formula, which takes the deviation of |g|: the authors' code takes that of g, as here; copies
    that keep the gradients of the first piece in the second.
    """
    terms = [gradient_ratio(gradient) for gradient in probe.part_gradients(parts, batch).values()]
    if not any(terms):
        raise Undefined("all gradients are zero")
    return sum(float(torch.log(torch.tensor(term, dtype=torch.float64))) for term in terms if term)


def gradient_ratio(gradients: torch.Tensor) -> float:
    """Sum over weights of mean |g| / population deviation of g over the first axis; weights that do not vary are left out.

    >>> gradient_ratio(torch.tensor([[1.0, -2.0, 3.0], [2.0, -2.0, -1.0]]))
    4.0
    """
    rows = gradients.double().flatten(1)
    varies = (rows != rows[0]).any(0)
    return float((rows.abs().mean(0)[varies] / rows.std(0, correction=0)[varies]).sum())


@proxy(better="higher", needs=("layer_gradients",), passes="1F+1B", cite="zhang2022gradsign", relative=True)
def gradsign(probe: Probe, *, batch: int | None = None) -> float:
    """GradSign: mean over weights of | sum over samples of sign(g_i) |, g_i the loss gradient of sample i alone.

    Conventions: convolutions and linear layers; every sample is normalised by its own statistics over positions, as by a
    train-mode batch of one, so that one backward pass gives every sample's gradient.
    Undefined when: no labels; batch normalisation of vectors or of maps of one position, which have no statistics of one
    sample.
    Differs from: no formula; the authors' script prints the absolute value of its rank correlations, so their sign is not
    in the published figures.
    """
    if any(isinstance(layer, nn.BatchNorm1d) for layer in probe.network.modules()):
        raise Undefined("one sample alone has no statistics for BatchNorm1d")
    totals: list[torch.Tensor] = []

    def take(_: str, layer: nn.Module, calls: list[Call]) -> None:
        if isinstance(layer, WEIGHTED):
            totals.append(layer_rows(layer, calls).sign().sum(0).abs().double())

    try:
        probe.variant(norm="sample").layer_gradients(take, "loss", batch)
    except NoStatistics as error:
        raise Undefined(str(error)) from error
    return float(torch.cat(totals).mean())
