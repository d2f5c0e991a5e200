"""NDS: a list of trained networks for each design space, as its authors publish it, in one zip or file by file."""

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from untrained.readers import source

ZIP = "nds/data.zip"
HERE = (
    "Amoeba_in", "DARTS_in", "DARTS_fix-w-d_in", "DARTS_lr-wd_in", "ENAS_in", "NASNet_in", "PNAS_in", "ResNeXt-A_in",
    "ResNeXt-B_in", "ResNet_lr-wd_in", "Vanilla_lr-wd_in", "ResNet_reruns", "Vanilla_reruns",
)  # fmt: skip
"""Sets that are also kept file by file."""
OTHERS = (
    "Amoeba", "DARTS", "DARTS_fix-w-d", "DARTS_lr-wd", "ENAS", "ENAS_fix-w-d", "NASNet", "PNAS", "PNAS_fix-w-d", "ResNeXt-A",
    "ResNeXt-B", "ResNet", "ResNet-B", "ResNet_lr-wd", "ResNet_rng1", "ResNet_rng2", "ResNet_rng3", "Vanilla",
    "Vanilla_lr-wd", "Vanilla_rng1", "Vanilla_rng2", "Vanilla_rng3",
)  # fmt: skip
SETS = (*HERE, *OTHERS)
"""Official sets; `_in` are ImageNet, the others CIFAR-10."""
FILES = {f"nds/{name}.json": name for name in HERE}
FIELDS = ("net", "optim", "params", "flops", "test_ep_top1", "train_ep_loss", "min_test_top1")


def dataset_of(name: str) -> str:
    """The name of a set here.

    >>> dataset_of("ResNeXt-A_in")
    'resnext_a_in'
    """
    return name.lower().replace("-", "_")


def space_of(name: str) -> str:
    """The design space of a set: its name without data set, optimiser, restriction and repetition.

    >>> space_of("DARTS_fix-w-d_in"), space_of("ResNeXt-A")
    ('darts', 'resnext_a')
    """
    return dataset_of(name.partition("_")[0])


def arch_str(net: Mapping[str, Any], space: str) -> str:
    """The string of a network: JSON of what decides it, keys sorted, no spaces; optional fields written out.

    An auxiliary head and the dropping of paths belong to the training and are left out.

    >>> net = {"block_type": "res_basic_block", "bot_muls": [], "ds": [1, 2], "num_gs": [], "ss": [1, 2], "ws": [16, 32]}
    >>> arch_str(net, "resnet")[:50]
    '{"block_type":"res_basic_block","bot_muls":[1.0,1.'

    Raises:
        ValueError: a field is missing.
    """
    try:
        if "genotype" in net:
            kept = {key: net[key] for key in ("depth", "genotype", "width")}
        else:
            kept = {key: net[key] for key in ("block_type", "ds", "ss", "ws")}
            kept["bot_muls"] = [float(ratio) for ratio in net["bot_muls"]] or [1.0] * len(kept["ds"])
            kept["num_gs"] = list(net["num_gs"]) or [1] * len(kept["ds"])
    except KeyError as error:
        raise ValueError(f"A network of {space} has no field {error}; it has {sorted(net)}.") from None
    return json.dumps({**kept, "space": space}, sort_keys=True, separators=(",", ":"))


@source("nds", files=(ZIP,))
def read_zip(paths: Mapping[str, Path]) -> pd.DataFrame:
    """The whole table, from the official zip. Reference: radosavovic2019nds.

    Raises:
        ValueError: the zip has none of the official sets.
    """
    tables = []
    with zipfile.ZipFile(paths[ZIP]) as archive:
        members = {Path(member).stem: member for member in archive.namelist() if member.endswith(".json")}
        for name in SETS:
            if name in members:
                tables.append(table(json.loads(archive.read(members[name])), name))
    if not tables:
        raise ValueError(f"{ZIP} has none of the sets {SETS[0]}.json, {SETS[1]}.json, ...; it has {sorted(members)}.")
    return pd.concat(tables, ignore_index=True)


@source("nds", files=tuple(FILES))
def read_files(paths: Mapping[str, Path]) -> pd.DataFrame:
    """The ImageNet sets and the reruns, from single files. Reference: radosavovic2019nds."""
    tables = [table(json.loads(Path(paths[file]).read_text(encoding="utf-8")), name) for file, name in FILES.items()]
    return pd.concat(tables, ignore_index=True)


def table(content: Sequence | Mapping[str, Sequence], name: str) -> pd.DataFrame:
    """One row per network of a set, mean over its trainings where it has several.

    test_acc = 100 - test_ep_top1[-1]: of the last epoch, in percent, on the test set (ImageNet: its validation set).
    best_test_acc = 100 - min_test_top1: of the best epoch, chosen on the same images. There is no validation accuracy.
    `runs` and `test_acc_sd`: number of trainings and their standard deviation. `test_curve` and `train_loss_curve`: after
    each epoch. `base_lr` and `weight_decay`: equal within a set, save where its name has `lr_wd`.
    `flops` is the authors' figure at 224 pixels (`_in`) or 32: for networks of stages multiply-accumulates, biases and 5
    for each normalised value; for networks of cells a few percent above the multiply-accumulates, by an unknown rule.

    Args:
        content: the parsed file: a list of trainings, or lists named `top` and `mid` of the reruns.
        name: official name of the set.

    Raises:
        ValueError: an entry lacks a field.
    """
    entries = content if isinstance(content, list) else [entry for group in content.values() for entry in group]
    rows = pd.DataFrame(_rows(entries, name))
    twice = rows.duplicated("arch", keep=False)
    merged = [_mean(runs) for _, runs in rows[twice].groupby("arch", sort=False)]
    return pd.concat([rows[~twice], pd.DataFrame(merged)], ignore_index=True) if merged else rows


def _rows(entries: Sequence[Mapping[str, Any]], name: str) -> Iterator[dict[str, Any]]:
    for index, entry in enumerate(entries):
        lacking = [field for field in FIELDS if field not in entry]
        if lacking:
            raise ValueError(f"Entry {index} of {name} has no {', '.join(lacking)}; it has {sorted(entry)}.")
        curve = 100.0 - np.asarray(entry["test_ep_top1"], dtype=float)
        yield {
            "arch": arch_str(entry["net"], space_of(name)),
            "dataset": dataset_of(name),
            "test_acc": curve[-1],
            "best_test_acc": 100.0 - entry["min_test_top1"],
            "params": entry["params"],
            "flops": entry["flops"],
            "runs": 1,
            "test_acc_sd": np.nan,
            "epochs": len(curve),
            "base_lr": entry["optim"]["base_lr"],
            "weight_decay": entry["optim"]["wd"],
            "test_curve": curve,
            "train_loss_curve": np.asarray(entry["train_ep_loss"], dtype=float),
        }


def _mean(runs: pd.DataFrame) -> dict[str, Any]:
    """One row of several trainings of a network."""
    means = {column: runs[column].mean() for column in ("test_acc", "best_test_acc", "base_lr", "weight_decay")}
    means |= {column: np.mean(runs[column].tolist(), axis=0) for column in ("test_curve", "train_loss_curve")}
    return {**runs.iloc[0].to_dict(), **means, "runs": len(runs), "test_acc_sd": runs["test_acc"].std()}
