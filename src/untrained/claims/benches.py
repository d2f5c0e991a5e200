"""The benchmarks that claims are judged on, and how statements name their architectures and accuracies; no claim itself."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import NamedTuple

ORIGINALS = "its scores are not computed yet (`make paper` with the originals)"
SETS = ("full", "unique")
"""All strings, or one of each function; the same scores have another correlation on each."""


class Page(NamedTuple):
    """Where correlations stand.

    Attributes:
        cells: the set, in words.
        stage: that makes them.
        notebook: that shows them.
        table: of results.
    """

    cells: str
    stage: str
    notebook: str
    table: str


@dataclass(frozen=True)
class Bench:
    """A benchmark's data set, under the key of its result tables.

    Attributes:
        key: of result tables and stages.
        title: benchmark and data set.
        truth: the accuracy that indicators are compared with.
        cells: which architectures the table of the unique set holds.
        strings: which the full set holds; empty where the table has the unique set only.
        estimated: how the full set's correlations are estimated; empty where they are those of the table's own strings.
        differs: what sets our scores apart from those of papers, in words.
        public: whether others trained it.
        proxies: which indicators its table has; empty where it has all.
    """

    key: str
    title: str
    truth: str
    cells: str
    strings: str = ""
    estimated: str = ""
    differs: str = ""
    public: bool = True
    proxies: frozenset[str] = frozenset()

    def stage(self, verb: str) -> str:
        """Stage that does something to this benchmark.

        >>> DIGITS.stage("fuse")
        'fuse@nas_bench_digits'
        """
        return f"{verb}_public@{self.key}" if self.public else f"{verb}@{self.key}"

    def set_of(self, published: str) -> str:
        """The set of our table that answers a figure published for some set."""
        return published if self.strings else "unique"

    def named(self, set: str) -> str:
        """The words for a set of ours.

        >>> DIGITS.named("unique")
        'unique set, sampled'
        """
        return f"{set} set, {self.cells if set == 'unique' else self.strings}"

    def page(self, set: str) -> Page:
        """Where the correlations of a set stand.

        >>> NAS_BENCH_201[0].page("full").table, NAS_BENCH_201[0].page("unique").table
        ('full_set/nas_bench_201-cifar10', 'correlations/nas_bench_201-cifar10')
        """
        if set == "full" and self.estimated:
            return Page(f"full set, {self.estimated}", "full_set", "38_full_set", f"full_set/{self.key}")
        return Page(self.named(set), self.stage("correlate"), f"04_correlate-{self.key}", f"correlations/{self.key}")

    @property
    def requires(self) -> str:
        """What a missing table waits for; empty where its stage makes it on any machine."""
        return ORIGINALS if self.public else ""


TASKS = {
    "class_scene": "scene classification",
    "class_object": "object classification",
    "room_layout": "room layout",
    "jigsaw": "jigsaw",
    "segmentsemantic": "segmentation",
    "normal": "surface normals",
    "autoencoder": "autoencoding",
}
"""Tasks of TransNAS-Bench-101 and their names in sentences."""


def _nas_bench_201(dataset: str, title: str, inputs: str, *, whole: frozenset[str] = frozenset()) -> Bench:
    return Bench(
        f"nas_bench_201-{dataset}{'-whole' * bool(whole)}",
        f"NAS-Bench-201, {title}",
        "test accuracy after 200 epochs, mean over training seeds",
        "all 9,445 cells" if whole else "uniform sample",
        "all 15,625 strings" if whole else "all strings of a uniform sample of the unique cells",
        "" if whole else "estimated for all 15,625 strings from every form with copies and a uniform sample of the others",
        f"{inputs}, and in the full set one score for all strings of one function",
        proxies=whole,
    )


def _transnas(space: str, twins: str) -> dict[str, Bench]:
    return {
        task: Bench(
            f"transnas_bench_101-{space}-{task}",
            f"TransNAS-Bench-101 {space}, {title}",
            "the task's own figure at its best epoch in place of test accuracy, one training seed",
            "uniform sample",
            differs=f"ImageNet images in place of the task's photographs{twins}",
        )
        for task, title in TASKS.items()
    }


DIGITS = Bench("nas_bench_digits", "NAS-Bench-Digits", "test accuracy, mean over training seeds", "sampled", public=False)
NAS_BENCH_201 = (
    _nas_bench_201("cifar10", "CIFAR-10", "smaller minibatches of CIFAR-10"),
    _nas_bench_201("cifar100", "CIFAR-100", "minibatches of CIFAR-10 in place of CIFAR-100"),
    _nas_bench_201("imagenet16_120", "ImageNet16-120", "a sample of ImageNet at 16 x 16 in place of the data set's images"),
)
SHARED = frozenset(
    ("params", "flops", "l2_norm", "vkdnw_dim", "n_activations", "distinguish", "naswot", "nlr", "swap", "swap_reg")
    + ("grad_norm", "snip", "fisher", "synflow", "jacob_cov")
)
"""Indicators of few passes, scored wherever a benchmark is scored as a whole."""
EVERY_CELL = SHARED | {"grasp", "zen", "ntk_trace", "cnntk_frozen", "meco"}
"""Indicators of all cells of NAS-Bench-201, among them what RoBoT and HNAS search by."""
NAS_BENCH_101 = Bench(
    "nas_bench_101-cifar10",
    "NAS-Bench-101, CIFAR-10",
    "test accuracy after 108 epochs, over the training seeds at hand",
    "uniform sample",
    differs="a stem of 16 channels (128 when trained), smaller minibatches, and a sample of the accuracies",
)
WHOLE = {
    NAS_BENCH_201[0]: _nas_bench_201("cifar10", "CIFAR-10", "smaller minibatches of CIFAR-10", whole=EVERY_CELL),
    NAS_BENCH_201[1]: _nas_bench_201("cifar100", "CIFAR-100", "minibatches and heads of CIFAR-10", whole=EVERY_CELL),
    NAS_BENCH_101: replace(
        NAS_BENCH_101,
        key=f"{NAS_BENCH_101.key}-whole",
        cells="all 2,500 whose accuracy is at hand",
        proxies=SHARED | {"meco", "plain"},
    ),
}
"""Where all architectures at hand are scored, by some indicators."""
FULL_WIDTH = {
    NAS_BENCH_101: replace(
        NAS_BENCH_101,
        key=f"{NAS_BENCH_101.key}-full_width",
        cells="uniform sample, networks of full width",
        differs="smaller minibatches, and a sample of the accuracies",
        proxies=frozenset({"cj", "jacob_cov"}),
    )
}
"""Where claims on these indicators alone are judged, for which narrow networks do not stand for those that were trained: two
orders agree below 0.99, page *Measured otherwise*."""
TRANSNAS_MICRO = _transnas("micro", ", and cells of equal function counted once")
TRANSNAS_MACRO = _transnas("macro", "")
NDS_DARTS_IN = Bench(
    "nds-darts_in",
    "NDS-DARTS, ImageNet",
    "test accuracy, one training seed",
    "of the trained networks at hand",
    differs="a stand-in for the images of ImageNet, at 64 x 64",
)
DARTS = Bench(
    "darts-cifar10",
    "the DARTS space, CIFAR-10",
    "validation accuracy in place of test accuracy, one training seed",
    "of the 1,000 cells that SWAP's authors trained",
    differs="ten classes in place of one, and smaller minibatches",
)
PAPERS = (*NAS_BENCH_201, NAS_BENCH_101)
"""The benchmarks that nearly all papers name."""


def answering(bench: Bench, proxies: Collection[str]) -> Bench:
    """The table that answers a claim on these proxies: of full width if it has them all, else of most architectures.

    >>> answering(NAS_BENCH_201[0], ["snip"]).key, answering(NAS_BENCH_201[0], ["snip", "cj"]).key
    ('nas_bench_201-cifar10-whole', 'nas_bench_201-cifar10')
    >>> [answering(NAS_BENCH_101, [proxy]).key for proxy in ("nlr", "grasp", "cj")]
    ['nas_bench_101-cifar10-whole', 'nas_bench_101-cifar10', 'nas_bench_101-cifar10-full_width']
    """
    tables = [part[bench] for part in (FULL_WIDTH, WHOLE) if bench in part]
    return next((one for one in tables if set(proxies) <= one.proxies), bench)
