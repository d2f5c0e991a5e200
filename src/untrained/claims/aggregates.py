"""Published correlations of aggregates without labels: AZ-NAS and the VKDNW aggregate, sums of log ranks."""

from untrained.claims.benches import NAS_BENCH_101, NAS_BENCH_201, TRANSNAS_MICRO
from untrained.claims.figures import Source, ahead, publish

AZ_NAS = Source(
    "lee2024aznas",
    "full",
    "Table 1, all 15,625 networks; CIFAR-10 in the authors' notebook, the others read in another text",
)
publish(AZ_NAS, "az_nas", "krocc", 0.741, 0.723, 0.710)
publish(AZ_NAS, "az_nas", "srocc", 0.913, 0.900, 0.886)

VKDNW = Source("tybl2025vkdnw", "unique", "Table 1, the 9,445 unique networks")
publish(VKDNW, "az_nas", "krocc", 0.712, 0.696, 0.673)
publish(VKDNW, "vkdnw_agg", "krocc", 0.750, 0.753, 0.743)
publish(VKDNW, "vkdnw_agg", "srocc", 0.919, 0.919, 0.906)

LSWAG = Source("casarin2025lswag", "full", "Table 1, ranks among 1,000 networks", digits=2)
publish(LSWAG, "az_nas", "srocc", 0.91, 0.90, 0.89)
publish(LSWAG, "az_nas", "srocc", 0.54, benches=[NAS_BENCH_101])
for task, figure in {
    "autoencoder": 0.31,
    "room_layout": 0.53,
    "class_object": 0.58,
    "class_scene": 0.79,
    "jigsaw": 0.41,
    "normal": 0.60,
    "segmentsemantic": 0.72,
}.items():
    publish(LSWAG, "az_nas", "srocc", figure, benches=[TRANSNAS_MICRO[task]])

for bench, ours, size, az_nas, vkdnw, single in zip(
    NAS_BENCH_201, (0.741, 0.723, 0.710), (0.578, 0.552, 0.520), (0.712, 0.696, 0.673), (0.750, 0.753, 0.743),
    (0.618, 0.634, 0.622), strict=True,
):  # fmt: skip
    ahead(
        "az_nas-beats-size", bench, "az_nas", "params", "krocc", set="full", paper="lee2024aznas",
        published=f"{ours:.3f} against {size:.3f}, Table 1; read in another text",
    )  # fmt: skip
    ahead(
        "vkdnw_agg-beats-az_nas", bench, "vkdnw_agg", "az_nas", "krocc", set="unique", paper="tybl2025vkdnw",
        published=f"{vkdnw:.3f} against {az_nas:.3f}, Table 1",
    )  # fmt: skip
    ahead(
        "vkdnw_agg-beats-vkdnw", bench, "vkdnw_agg", "vkdnw", "krocc", set="unique", paper="tybl2025vkdnw",
        published=f"{vkdnw:.3f} against {single:.3f}, Table 1",
    )  # fmt: skip
