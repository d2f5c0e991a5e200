"""The reader of BERT-like encoders, on a small file in the published form."""

import json

import pytest

from untrained.readers import bert as reader
from untrained.readers import sources

TASKS = dict.fromkeys(reader.TASKS, 70.0)


def record(identity, hidden=128, *, shift=0.0, kinds=(("SA", "SDP"), ("DSC", 9))):
    layers = [
        {
            "operation_type": kind, "operation_parameter": parameter, "num_operation_heads": 2,
            "feed_forward_dimension": 512, "num_feed_forward": 1,
        }
        for kind, parameter in kinds
    ]  # fmt: skip
    scores = {task: value + shift for task, value in TASKS.items()} | {"glue": 70.0 + shift}
    hparams = {"model_hparam_overrides": {"hidden_size": hidden, "nas_config": {"encoder_layers": layers}}}
    return {"id": identity, "time_to_train": 1000.0 + identity, "scores": scores, "hparams": hparams}


def written(folder, records):
    path = folder / "records.json"
    path.write_text(json.dumps(records))
    return {reader.RECORDS: path}


def test_an_encoder_trained_twice_is_one_row_with_noise(tmp_path):
    table = reader.read(written(tmp_path, [record(0), record(1, 256), record(2, shift=2.0)])).set_index("arch")
    assert list(table.index) == ["128 | SDP*2:512x1 | K9*2:512x1", "256 | SDP*2:512x1 | K9*2:512x1"]
    row = table.iloc[0]
    assert (row.id, row.runs, row.glue, row.glue_0, row.glue_1, row.cola, row.seconds) == (
        0,
        2,
        71.0,
        70.0,
        72.0,
        71.0,
        1001.0,
    )
    assert table["runs"].tolist() == [2, 1]
    assert table.iloc[0].params < table.iloc[1].params
    assert set(table["dataset"]) == {"glue"}
    assert sources("bert")[0].read is reader.read


def test_a_record_without_its_fields_is_refused(tmp_path):
    lacking = record(0)
    del lacking["scores"]["rte"]
    with pytest.raises(ValueError, match="a record lacks 'rte'. Fetch it anew"):
        reader.read(written(tmp_path, [lacking]))


def test_what_is_no_encoder_of_the_space_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Unknown hidden size 64"):
        reader.read(written(tmp_path, [record(0, 64)]))
