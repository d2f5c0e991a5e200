"""BERT-like encoders of the FlexiBERT space: configurations and GLUE scores, as the authors of the metrics publish them."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from untrained.readers import source
from untrained.sequence import encoders

RECORDS = "bert/BERT_benchmark.json"
TASKS = ("cola", "mnli", "mrpc", "qnli", "qqp", "rte", "sst", "sts")


@source("bert", files=(RECORDS,))
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    """One row per encoder; nine were drawn and trained twice: scores are means then, `glue_0` and `glue_1` the single ones.

    `glue`: plain mean of the eight tasks' scores on their development sets, in points; `runs`; `seconds` of pre-training;
    `params` of the encoder as it is configured; `id` of the first run. Reference: serianni2023rnn.

    Raises:
        ValueError: a record without its fields.
    """
    found: dict[str, list[dict]] = {}
    for record in json.loads(paths[RECORDS].read_text(encoding="utf-8")):
        try:
            config = encoders.published(record["hparams"]["model_hparam_overrides"])
            row = {"id": record["id"], "seconds": record["time_to_train"]}
            row |= {task: record["scores"][task] for task in (*TASKS, "glue")}
        except (KeyError, TypeError) as error:
            raise ValueError(f"{RECORDS}: a record lacks {error}. Fetch it anew.") from None
        found.setdefault(str(encoders.parse(str(config))), []).append(row)
    return pd.DataFrame([_merged(arch, runs) for arch, runs in found.items()])


def _merged(arch: str, runs: list[dict]) -> dict:
    table = pd.DataFrame(runs)
    row = {"arch": arch, "dataset": "glue", "id": runs[0]["id"], "runs": len(runs)}
    row |= table.drop(columns="id").mean().to_dict() | {"params": encoders.params(encoders.parse(arch), "configured")}
    return row | {f"glue_{run}": score for run, score in enumerate(table["glue"])}
