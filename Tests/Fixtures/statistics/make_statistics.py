"""Reference values for the statistics of studies: exact McNemar and Holm from statsmodels, the percentile bootstrap and ranks from
scipy, the rest by numpy with many resamples.

To make them again: pip install scipy statsmodels, then python Tests/Fixtures/statistics/make_statistics.py
"""

import itertools
import json
import pathlib

import numpy as np
import scipy
import scipy.stats
import statsmodels
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

RESAMPLES = 400_000
rng = np.random.default_rng(20240501)


def rounded(values):
    return [round(float(v), 12) for v in values]


def mcnemar_cases():
    pairs = [(0, 1), (1, 0), (2, 7), (6, 1), (5, 5), (12, 3), (0, 9), (40, 55), (101, 133), (260, 201), (700, 811)]
    return [
        {"only_first": b, "only_second": c, "p": float(mcnemar([[50, b], [c, 50]], exact=True).pvalue)}
        for b, c in pairs
    ]


def holm_cases():
    cases = []
    for count in (1, 2, 5, 8, 14):
        values = rng.beta(0.4, 2, count)
        cases.append({"values": rounded(values)})
    cases.append({"values": [0.01, 0.01, 0.01, 0.2, 0.2]})
    for case in cases:
        case["adjusted"] = [float(v) for v in multipletests(case["values"], method="holm")[1]]
    return cases


def samples():
    return {
        "right or wrong": (rng.random(80) < 0.7).astype(float),
        "shares": np.round(rng.beta(2, 1, 60), 3),
        "mostly right": (rng.random(200) < 0.97).astype(float),
    }


def bootstrap_cases():
    cases = []
    for name, values in samples().items():
        result = scipy.stats.bootstrap(
            (values,), np.mean, method="percentile", n_resamples=RESAMPLES, batch=2000, random_state=rng)
        cases.append({
            "name": name, "values": rounded(values), "mean": float(values.mean()),
            "low": float(result.confidence_interval.low), "high": float(result.confidence_interval.high),
            "error": float(result.standard_error),
        })
    return cases


def means(differences):
    """Resampled means, in pieces that fit into memory."""
    parts = []
    for _ in range(RESAMPLES // 4000):
        index = rng.integers(0, len(differences), (4000, len(differences)))
        parts.append(differences[index].mean(axis=1))
    return np.concatenate(parts)


def paired_cases():
    cases = []
    for shift in (0.0, 0.08, 0.25):
        first = np.round(np.clip(rng.beta(2, 1, 50), 0, 1), 3)
        second = np.round(np.clip(first - shift + rng.normal(0, 0.2, 50), 0, 1), 3)
        difference = first - second
        result = scipy.stats.bootstrap(
            (difference,), np.mean, method="percentile", n_resamples=RESAMPLES, batch=2000, random_state=rng)
        resampled = means(difference)
        extreme = np.abs(resampled - difference.mean()) >= abs(difference.mean()) - 1e-12
        cases.append({
            "first": rounded(first), "second": rounded(second), "difference": float(difference.mean()),
            "low": float(result.confidence_interval.low), "high": float(result.confidence_interval.high),
            "error": float(result.standard_error), "p": float(extreme.mean()),
        })
    return cases


def hierarchical_cases():
    """Examples are resampled, the same for all seeds; what the seeds add has Student's t distribution."""
    cases = []
    for seeds, count in ((2, 40), (3, 60)):
        scores = (rng.random((seeds, count)) < rng.uniform(0.5, 0.9, (seeds, 1))).astype(float)
        error = scores.mean(axis=1).std(ddof=1) / np.sqrt(seeds)
        parts = []
        for _ in range(RESAMPLES // 4000):
            index = rng.integers(0, count, (4000, count))
            parts.append(scores.mean(axis=0)[index].mean(axis=1) + error * rng.standard_t(seeds - 1, 4000))
        resampled = np.concatenate(parts)
        low, high = np.quantile(resampled, (0.025, 0.975))
        cases.append({
            "scores": [rounded(row) for row in scores], "mean": float(scores.mean()), "low": float(low),
            "high": float(high), "error": float(high - low) / 2,
        })
    return cases


def spearman_cases():
    pairs = [
        ([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]),
        ([72.12, 45.14, 38.9, 16.22, 14.1, 1.68, 1.68], [15.11, 65.13, 3.14, 3.76, 2.27, 22.4, 53.21]),
        ([1, 1, 2, 2, 3, 3], [6, 5, 4, 3, 2, 1]),
        ([0.3, 0.1, 0.9, 0.7], [1, 1, 2, 5]),
    ]
    cases = []
    for x, y in pairs:
        rho = float(scipy.stats.spearmanr(x, y).statistic)
        a, b = scipy.stats.rankdata(x), scipy.stats.rankdata(y)
        a, b = a - a.mean(), b - b.mean()
        observed = abs(a @ b)
        orders = [np.array(order) for order in itertools.permutations(range(len(x)))]
        p = float(np.mean([abs(a @ b[order]) >= observed - 1e-9 for order in orders]))
        cases.append({"x": x, "y": y, "rho": rho, "p": p})
    return cases


goldens = {
    "versions": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "numpy": np.__version__},
    "mcnemar": mcnemar_cases(),
    "holm": holm_cases(),
    "bootstrap": bootstrap_cases(),
    "paired": paired_cases(),
    "hierarchical": hierarchical_cases(),
    "spearman": spearman_cases(),
}
place = pathlib.Path(__file__).with_name("statistics.json")
place.write_text(json.dumps(goldens, indent=1) + "\n")
print(place, place.stat().st_size, "bytes")
