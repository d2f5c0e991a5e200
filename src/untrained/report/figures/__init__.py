"""Figures: functions from frames and arrays to a `Picture`, which carries its alternative text and caption."""

from untrained.report.figures.across import benchmark_agreement, indicator_heat, rank_lines, reference_dots
from untrained.report.figures.benchmark import accuracy_histogram, seed_scatter
from untrained.report.figures.cost import cost_dots, pass_dots, peer_dots, scaling_lines
from untrained.report.figures.fusion import fusion_dots, label_curve, search_dots, sensitivity_dots, weight_dots
from untrained.report.figures.indicators import correlation_bars, indicator_correlations, indicator_scatters
from untrained.report.figures.network import cell_graph, code_matrix, ntk_spectrum
from untrained.report.figures.samples import image_grid, sample_matrix
from untrained.report.figures.stability import stability_dots

__all__ = [
    "accuracy_histogram",
    "benchmark_agreement",
    "cell_graph",
    "code_matrix",
    "correlation_bars",
    "cost_dots",
    "fusion_dots",
    "image_grid",
    "indicator_correlations",
    "indicator_heat",
    "indicator_scatters",
    "label_curve",
    "ntk_spectrum",
    "pass_dots",
    "peer_dots",
    "rank_lines",
    "reference_dots",
    "sample_matrix",
    "scaling_lines",
    "search_dots",
    "seed_scatter",
    "sensitivity_dots",
    "stability_dots",
    "weight_dots",
]
