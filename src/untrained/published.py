"""What papers report of their searches: figures and where they stand, for the tables that put ours beside them."""

import pandas as pd

NAS_BENCH_201 = (
    # method, then mean and deviation of test accuracy on CIFAR-10, CIFAR-100 and ImageNet16-120, cost in seconds
    ("REA", 93.92, 0.30, 71.84, 0.99, 45.15, 0.89, 12000),
    ("RS", 93.70, 0.36, 71.04, 1.07, 44.57, 1.25, 12000),
    ("REINFORCE", 93.85, 0.37, 71.71, 1.09, 45.24, 1.18, 12000),
    ("BOHB", 93.61, 0.52, 70.85, 1.28, 44.42, 1.49, 12000),
    ("NASWOT", 92.96, 0.81, 69.98, 1.22, 44.44, 2.10, 306),
    ("TE-NAS", 93.90, 0.47, 71.24, 0.56, 42.38, 0.46, 1558),
    ("NASI", 93.55, 0.10, 71.20, 0.14, 44.84, 1.41, 120),
    ("GradSign", 93.31, 0.47, 70.33, 1.28, 42.42, 2.81, None),
    ("HNAS grad_norm", 94.04, 0.21, 71.75, 1.04, 45.91, 0.88, 3010),
    ("HNAS snip", 93.94, 0.02, 71.49, 0.11, 46.07, 0.14, 2976),
    ("HNAS grasp", 94.13, 0.13, 72.59, 0.82, 46.24, 0.38, 3148),
    ("HNAS ntk_trace", 94.07, 0.10, 72.30, 0.70, 45.93, 0.37, 3006),
    ("six metrics, mean", 91.71, 2.37, 66.48, 4.94, 35.46, 9.90, 2648),
    ("six metrics, best", 94.36, None, 73.51, None, 46.34, None, 3702),
    ("RoBoT", 94.36, 0.00, 73.51, 0.00, 46.34, 0.00, 3051),
)
"""Tables 2 of he2024robot and of shu2022hnas (the last three of HNAS): the space of 15,625 strings; validation accuracy of
CIFAR-10 after 12 epochs steers all three, test accuracy after 200 epochs judges."""

TASKS = ("class_scene", "class_object", "jigsaw", "room_layout", "segmentsemantic", "normal", "autoencoder")
TRANSNAS = {
    ("micro", "REA"): (26, 23, 24, 28, 22, 22, 18),
    ("micro", "RS"): (40, 34, 57, 42, 41, 43, 49),
    ("micro", "HNAS grad_norm"): (96, 147, 67, 480, 4, 22, 1391),
    ("micro", "six metrics, best"): (2, 1, 22, 18, 3, 14, 36),
    ("micro", "RoBoT"): (2, 1, 17, 17, 4, 8, 66),
    ("macro", "REA"): (23, 22, 21, 21, 17, 23, 19),
    ("macro", "RS"): (35, 26, 33, 29, 33, 26, 31),
    ("macro", "HNAS grad_norm"): (552, 566, 150, 49, 16, 204, 674),
    ("macro", "six metrics, best"): (1, 8, 5, 2, 2, 2, 5),
    ("macro", "RoBoT"): (1, 6, 3, 6, 2, 2, 5),
}
"""Table 3 of he2024robot: mean rank of the best of 100 queried among 4,096 cells or 3,256 layouts, by the task's figure."""


def searches(benchmark: str, dataset: str) -> pd.DataFrame:
    """Published ends of searches on one data set, by method: `test_acc` and `sd`, or `rank`, and `seconds`; empty if none.

    >>> float(searches("nas_bench_201", "cifar10").loc["RoBoT", "test_acc"])
    94.36
    >>> float(searches("transnas_bench_101", "macro-jigsaw").loc["RoBoT", "rank"])
    3.0
    """
    if benchmark == "nas_bench_201":
        place = 1 + 2 * ("cifar10", "cifar100", "imagenet16_120").index(dataset)
        rows = {row[0]: (row[place], row[place + 1], None, row[-1]) for row in NAS_BENCH_201}
    elif benchmark == "transnas_bench_101":
        space, _, task = dataset.partition("-")
        rows = {m: (None, None, ranks[TASKS.index(task)], None) for (s, m), ranks in TRANSNAS.items() if s == space}
    else:
        rows = {}
    columns = ["test_acc", "sd", "rank", "seconds"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).astype(float).rename_axis("method")
