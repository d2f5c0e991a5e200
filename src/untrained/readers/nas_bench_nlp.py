"""NAS-Bench-NLP: final losses on Penn Treebank as the authors of hidden covariance list them, and the logs on WikiText-2."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from math import isfinite, nan
from pathlib import Path

import pandas as pd

from untrained.readers import source
from untrained.sequence import recipes

LOSSES = "nas_bench_nlp/RNN_parameters.csv"
LOGS = "nas_bench_nlp/train_logs_wikitext-2_logs.zip"
RESULTS = "nas_bench_nlp/RNN_results.csv"
PREFIX = "log_stats_model_"


@source("nas_bench_nlp", files=(LOSSES, LOGS))
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    """One row per recipe and data set, `ptb` or `wikitext-2`; recipes of Penn Treebank are drawn again from their ids.

    `test_loss`: cross-entropy per token in nats after the last of 50 epochs, the mean over the runs that have a finite one
    (`test_loss_0..2`); `runs`: how many were trained; `params`; `states`; `recipe_id` of the first run. WikiText-2 has
    `valid_loss` too. Recipes whose runs all diverged are left out. References: klyuchnikov2022nasbenchnlp,
    serianni2023rnn.

    Raises:
        ValueError: an id that the sampler does not know, or a log without its fields.
    """
    return pd.DataFrame([*_rows("ptb", runs(paths[LOSSES])), *_rows("wikitext-2", logs(paths[LOGS]))])


def runs(path: Path) -> pd.DataFrame:
    """Every trained run of the list of losses: `recipe_id`, `arch`, `test_loss`, `params`; nan where it diverged.

    The list holds repeated headers, repeated lines, a header glued to a line, and two logs of one id: the first six fields
    of an id's first line count.
    """
    found: dict[int, dict] = {}
    for line in Path(path).read_text(encoding="utf-8-sig").splitlines():
        name, *fields = line.split(",")[:6]
        identity = name.removeprefix(PREFIX).partition("_")[0]
        if name.startswith(PREFIX) and identity.isdigit() and int(identity) not in found:
            about = {"recipe_id": int(identity), "arch": _recipe(int(identity))}
            found[int(identity)] = about | {"test_loss": float(fields[0]), "params": float(fields[3])}
    return pd.DataFrame(list(found.values()))


def _recipe(identity: int) -> str:
    try:
        return recipes.published(identity)
    except KeyError as error:
        raise ValueError(f"{LOSSES}: {error.args[0]} Fetch it anew.") from None


def logs(path: Path) -> pd.DataFrame:
    """Every run of the logs on WikiText-2, with the losses of its last epoch; nan where it did not finish."""
    found = []
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            log = json.loads(archive.read(name))
            if lacking := [field for field in ("recepie", "recepie_id", "num_params", "test_losses") if field not in log]:
                raise ValueError(f"{LOGS}: {name} has no {lacking[0]!r}. Fetch it anew.")
            finished = log["status"] == "OK"
            last = {f"{part}_loss": log[f"{key}_losses"][-1] if finished else nan for part, key in SPLITS.items()}
            about = {"recipe_id": log["recepie_id"], "arch": log["recepie"], "params": log["num_params"]}
            found.append(about | last)
    return pd.DataFrame(found)


SPLITS = {"valid": "val", "test": "test"}
"""Our name of a split, and that of the logs."""


def _rows(dataset: str, found: pd.DataFrame) -> Iterator[dict]:
    for arch, part in found.sort_values("recipe_id", kind="stable").groupby("arch", sort=False):
        finite = part[[isfinite(loss) for loss in part["test_loss"]]]
        if len(finite):
            row = {"arch": arch, "dataset": dataset, "recipe_id": int(part["recipe_id"].iloc[0]), "runs": len(part)}
            row |= {"states": recipes.states(recipes.parse(arch)), "params": part["params"].dropna().iloc[0]}
            row |= {f"{split}_loss": finite[f"{split}_loss"].mean() for split in SPLITS if f"{split}_loss" in part}
            yield row | {f"test_loss_{run}": loss for run, loss in enumerate(finite["test_loss"])}


def released(path: Path) -> pd.DataFrame:
    """Released metrics, one row per run: `recipe_id`, `test_loss`, and the columns of hidden covariance and of others.

    The file has a byte-order mark, and blanks before some names. Its column "Jacobian Covariance" holds another quantity.
    """
    table = (
        pd.read_csv(path, encoding="utf-8-sig").rename(columns=str.strip).rename(columns={"loss": "test_loss"} | RELEASED)
    )
    identity = table["log name"].str.removeprefix(PREFIX).str.partition("_")[0].astype(int)
    return table[["test_loss", *RELEASED.values()]].assign(recipe_id=identity)


RELEASED = {
    **{f"Layer {layer} Hidden Covariance": f"hidden_covariance_{layer}" for layer in (1, 2, 3)},
    "Jacobian Cosine": "jacobian_cosine",
    "Activation Distance": "activation_distance",
    "Hidden Synaptic Saliency": "hidden_saliency",
    "Synaptic Saliency": "synaptic_saliency",
}
"""Columns of the released results and our names of them."""
