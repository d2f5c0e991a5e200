"""Before anything of the package is imported: shapes and types are checked at run time, one thread, a fixed seed."""

import random

random.getrandbits, shared = random.Random(0).getrandbits, random.getrandbits
import beartype  # noqa: E402, F401  which picks the items it checks by a generator of its own: the laws look at the shared one

random.getrandbits = shared

import numpy as np  # noqa: E402
import pytest  # noqa: E402
import torch  # noqa: E402
from jaxtyping import install_import_hook  # noqa: E402

CHECKED = (
    "benchmarks", "codes", "copying", "earlier", "gram", "images", "initialise", "meter", "passes", "probe",
    "proxies", "recording", "registry", "scores", "scoring", "second_order", "setting", "shards",
)  # fmt: skip
install_import_hook([f"untrained.{name}" for name in CHECKED], "beartype.beartype")
torch.set_num_threads(1)


def pytest_addoption(parser):
    parser.addoption("--refresh-golden", action="store_true", help="write the frozen values anew instead of comparing")


def pytest_collection_modifyitems(items):
    """Notebooks first: they are the longest, and at the end one core would run them while the others wait."""
    items.sort(key=lambda item: item.get_closest_marker("notebooks") is None)


@pytest.fixture(autouse=True)
def fixed_seeds():
    """No test depends on the one before it."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def plain_numbers():
    """Scoring sets denormals to 0 in its threads; a test starts without that."""
    yield
    torch.set_flush_denormal(False)
    torch.set_num_threads(1)
