"""Training of one network with every epoch recorded: the states from which the embedded bench is made."""

import copy
import time
from dataclasses import asdict, dataclass
from math import nan

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from untrained import codes
from untrained.images import Images
from untrained.initialise import draw


@dataclass(frozen=True)
class Schedule:
    """SGD with Nesterov momentum under a one-cycle learning rate; batches reshuffled every epoch from the seed."""

    epochs: int = 5
    batch: int = 64
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    state_epochs: tuple[int, ...] = (0, 1, 2, 3, 5)
    state_batch: int = 64

    def as_dict(self) -> dict:
        """All decisions, for a digest or a data card."""
        return asdict(self)


def train(
    network: nn.Module, parts: dict[str, Images], schedule: Schedule, *, seed: int, device: str = "cpu"
) -> pd.DataFrame:
    """Train in place; one row per epoch, row 0 the untrained network.

    Columns: epoch, learning_rate (at the end of the epoch), {train,valid,test}_{loss,acc} (train: running mean over
    the epoch's batches, as met; at epoch 0 over the whole part), seconds (training alone), and at `state_epochs` the
    statistics of the activation codes on the first `state_batch` validation images in both norm modes
    ({batch,running}_{n_units,distinguish,active,constant_units,patterns}), parameter_norm and gradient_norm.
    Accuracies in percent, losses in nats.

    Args:
        network: filled and on `device`.
        parts: `train`, `valid`, `test` images.
        schedule: what is done; all of it is in the data card.
        seed: of the batch order. The weights were drawn before.
        device: where the tensors live.

    Raises:
        FloatingPointError: the training loss is no longer finite.
    """
    data = {
        name: (torch.from_numpy(p.inputs).to(device), torch.from_numpy(p.targets).to(device)) for name, p in parts.items()
    }
    network.to(memory_format=torch.channels_last)  # a quarter faster on a CPU
    inputs, targets = data["train"]
    steps = len(targets) // schedule.batch
    optimiser = torch.optim.SGD(
        network.parameters(), schedule.learning_rate, schedule.momentum, weight_decay=schedule.weight_decay, nesterov=True
    )
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, schedule.learning_rate, total_steps=schedule.epochs * steps + 1)
    rows = [
        _row(network, data, schedule, epoch=0)
        | dict(zip(("train_loss", "train_acc"), evaluate(network, *data["train"]), strict=True))
    ]
    for epoch in range(1, schedule.epochs + 1):
        start = time.process_time()
        network.train()
        order = torch.from_numpy(draw(f"order.epoch{epoch}", (len(targets),), seed=seed)).argsort().to(device)
        total, correct = torch.zeros((), device=device), torch.zeros((), device=device)
        for picked in order[: steps * schedule.batch].split(schedule.batch):
            logits = network(inputs[picked])
            loss = cross_entropy(logits, targets[picked])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            cycle.step()
            total += loss.detach()
            correct += (logits.detach().argmax(1) == targets[picked]).sum()
        seconds = time.process_time() - start
        if not torch.isfinite(total):
            raise FloatingPointError(f"The training loss is not finite in epoch {epoch}, seed {seed}: lower learning_rate.")
        rows.append(
            _row(network, data, schedule, epoch=epoch)
            | {
                "train_loss": float(total) / steps,
                "train_acc": 100 * float(correct) / (steps * schedule.batch),
                "learning_rate": cycle.get_last_lr()[0],
                "seconds": seconds,
            }
        )
    return pd.DataFrame(rows)


@torch.no_grad()
def evaluate(network: nn.Module, inputs: Tensor, targets: Tensor) -> tuple[float, float]:
    """Mean cross-entropy (nats) and accuracy (percent) with running statistics."""
    network.eval()
    logits = torch.cat([network(chunk) for chunk in inputs.split(250)])
    return float(cross_entropy(logits, targets)), 100 * float((logits.argmax(1) == targets).float().mean())


def _row(network: nn.Module, data: dict[str, tuple[Tensor, Tensor]], schedule: Schedule, *, epoch: int) -> dict[str, float]:
    """Losses and accuracies of the held-out parts after an epoch, and the state where the schedule asks for it."""
    row = {"epoch": epoch, "learning_rate": nan, "seconds": 0.0}
    for part in ("valid", "test"):
        row[f"{part}_loss"], row[f"{part}_acc"] = evaluate(network, *data[part])
    if epoch in schedule.state_epochs:
        row |= state(network, *(part[: schedule.state_batch] for part in data["valid"]))
    return row


def state(network: nn.Module, inputs: Tensor, targets: Tensor) -> dict[str, float]:
    """Activation statistics in both norm modes, norms of parameters and loss gradient; the network is not changed."""
    found = {}
    for mode in ("batch", "running"):
        twin = copy.deepcopy(network).train(mode == "batch")
        found |= {f"{mode}_{name}": value for name, value in codes.statistics(codes.record(twin, inputs)).items()}
    twin = copy.deepcopy(network).train()
    gradients = torch.autograd.grad(cross_entropy(twin(inputs), targets), list(twin.parameters()))
    norm = torch.linalg.vector_norm
    found["parameter_norm"] = float(norm(torch.stack([norm(p.detach()) for p in twin.parameters()])))
    found["gradient_norm"] = float(norm(torch.stack([norm(g) for g in gradients])))
    return found
