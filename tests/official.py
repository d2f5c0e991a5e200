"""Small files in the official formats, written here: what readers, images and the fetching notebook are tried on."""

import hashlib
import io
import json
import pickle
import tarfile
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch

from untrained import readers

ARCHS = (
    "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
    "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|",
    "|nor_conv_3x3~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|none~1|none~2|",
)
RUNS = {0: (777, 888, 999), 1: (888,), 2: (777, 888)}
NB201 = "nas_bench_201/NAS-Bench-201-v1_1-096897.pth"


def accuracy(arch: int, dataset: str, split: str, seed: int, epochs: int) -> float:
    """A figure that tells where it came from."""
    place = ("cifar10", "cifar10-valid", "cifar100", "ImageNet16-120").index(dataset)
    return 10 + arch + 10 * place + {"ori-test": 0.1, "x-valid": 0.2, "x-test": 0.3}[split] + seed / 1e5 + (epochs == 12) * 5


def run(arch: int, dataset: str, seed: int, epochs: int) -> dict:
    """One record of the API file 1.1: every epoch of the original test split, the last one of the others."""
    splits = {"cifar10": ["ori-test"], "cifar10-valid": ["ori-test", "x-valid"]}.get(
        dataset, ["ori-test", "x-valid", "x-test"]
    )
    last = {f"{split}@{epochs - 1}": accuracy(arch, dataset, split, seed, epochs) for split in splits}
    return {
        "name": dataset,
        "net_state_dict": None,
        "train_acc1es": {epoch: 1.0 for epoch in range(epochs)},
        "train_times": OrderedDict((epoch, 2.0 + arch) for epoch in range(epochs)),
        "params": np.float64(
            (73306 + 56000 * (arch == 0) + 65 * ({"cifar100": 90, "ImageNet16-120": 110}.get(dataset, 0))) / 1e6
        ),
        "flop": 7.5 + arch,
        "seed": seed,
        "epochs": epochs,
        "latency": [0.01],
        "eval_names": splits,
        "eval_acc1es": {f"ori-test@{epoch}": 0.0 for epoch in range(epochs - 1)} | last,
        "eval_losses": {},
    }


def nas_bench_201(path: Path, *, old: bool = True) -> Path:
    """The API file with three architectures; `old`: the format before zip archives, as the published one."""
    infos = {}
    for index, arch in enumerate(ARCHS):
        seeds = {"full": (200, dict.fromkeys(("cifar10-valid", "cifar10", "cifar100", "ImageNet16-120"), RUNS[index]))}
        once = dict.fromkeys(("cifar10", "cifar100", "ImageNet16-120"), (777,))
        seeds["less"] = (12, {"cifar10-valid": (888, 777)} | once)
        infos[index] = {
            name: {
                "arch_index": index,
                "arch_str": arch,
                "all_results": {(d, s): run(index, d, s, epochs) for d, many in which.items() for s in reversed(many)},
                "dataset_seed": which,
                "clear_net_done": True,
            }
            for name, (epochs, which) in seeds.items()
        }
    content = {"meta_archs": list(ARCHS), "total_archs": 3, "arch2infos": infos, "evaluated_indexes": [0, 1, 2]}
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, path, _use_new_zipfile_serialization=not old)
    return path


def pixels(count: int, size: int = 32) -> np.ndarray:
    """Images (count, 3, size, size) uint8, no two alike."""
    return np.random.default_rng(0).integers(0, 256, (count, 3, size, size), dtype=np.uint8)


def archive(path: Path, members: dict[str, bytes]) -> Path:
    """A tar.gz with a folder, as on the site of CIFAR."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as tar:
        for name, raw in members.items():
            info = tarfile.TarInfo(f"batches/{name}")
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
    return path


def cifar_binary(path: Path, images: np.ndarray, labels: np.ndarray) -> Path:
    """`cifar-10-binary.tar.gz` with five training batches of equal size, stored out of order."""
    records = np.concatenate([labels[:, None].astype(np.uint8), images.reshape(len(images), -1)], axis=1)
    batches = {f"data_batch_{i + 1}.bin": part.tobytes() for i, part in enumerate(np.split(records, 5))}
    return archive(path, dict(reversed(batches.items())) | {"test_batch.bin": bytes(3073)})


def cifar_python(path: Path, images: np.ndarray, labels: np.ndarray) -> Path:
    """`cifar-10-python.tar.gz`: the same in pickles, with keys as Python 2 wrote them."""
    parts = zip(np.split(images.reshape(len(images), -1), 5), np.split(labels, 5), strict=True)
    batches = {
        f"data_batch_{i + 1}": pickle.dumps({"data": data, "labels": found.tolist(), "batch_label": "part"}, protocol=2)
        for i, (data, found) in enumerate(parts)
    }
    return archive(path, batches | {"readme.html": b"-"})


def manifest(data: Path, mirror: Path, also: Iterable[str] = ()) -> Path:
    """`originals.json` for the files below a mirror's folder, for the others of their readers, and `also`."""
    here = {path.relative_to(mirror).as_posix(): path for path in sorted(Path(mirror).rglob("*")) if path.is_file()}
    wanted = {file for name in here for one in readers.sources(name.split("/")[0]) for file in one.files}
    groups: dict[str, dict] = {}
    for name in sorted(wanted | {*here, *also}):
        raw = here[name].read_bytes() if name in here else None
        known = {"bytes": raw and len(raw), "sha256": raw and hashlib.sha256(raw).hexdigest()}
        group = groups.setdefault(name.split("/")[0], {"licence": "none", "cite": "none", "doi": None, "files": []})
        group["files"].append({"name": name, "what": "written by a test", "urls": []} | known)
    data.mkdir(parents=True, exist_ok=True)
    (data / "originals.json").write_text(json.dumps({"benchmarks": groups}))
    return data
