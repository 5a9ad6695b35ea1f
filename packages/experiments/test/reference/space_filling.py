"""Reference values of discrepancies, Sobol's and Halton's sequences. Made with scipy 1.17 (scipy.stats.qmc).

python3 test/reference/space_filling.py > test/fixtures/space_filling_reference.json
"""
import itertools
import json

import numpy as np
import scipy
from scipy.spatial.distance import pdist
from scipy.stats import qmc

sets = []
rng = np.random.default_rng(20260102)
for n, d in [(1, 1), (2, 1), (5, 2), (16, 3), (40, 7)]:
    for kind in ("random", "sobol", "corners"):
        if kind == "random":
            points = rng.random((n, d))
        elif kind == "sobol":
            points = qmc.Sobol(d, scramble=False).random(n)
        else:
            points = rng.integers(0, 2, (n, d)).astype(float)
        sets.append(
            {
                "points": points.tolist(),
                "CD": qmc.discrepancy(points, method="CD"),
                "WD": qmc.discrepancy(points, method="WD"),
                "MD": qmc.discrepancy(points, method="MD"),
                "L2-star": qmc.discrepancy(points, method="L2-star"),
                "minimum_distance": float(pdist(points).min()) if n > 1 else None,
            }
        )
lhs = []
for n, d in [(10, 2), (20, 4), (50, 6)]:
    values = [qmc.discrepancy(qmc.LatinHypercube(d, scramble=False, seed=seed).random(n)) for seed in range(50)]
    best = min(
        qmc.discrepancy(qmc.LatinHypercube(d, scramble=False, optimization="random-cd", seed=seed).random(n))
        for seed in range(3)
    )
    lhs.append({"n": n, "d": d, "random_mean_cd": float(np.mean(values)), "scipy_random_cd": best})
# Largest smallest squared distance of n points, one per row and column: every permutation tried.
maximin = {}
for n in range(3, 9):
    maximin[n] = max(
        min((i - j) ** 2 + (p[i] - p[j]) ** 2 for i in range(n) for j in range(i))
        for p in itertools.permutations(range(n))
    )
print(
    json.dumps(
        {
            "scipy": scipy.__version__,
            "sets": sets,
            "lhs": lhs,
            "maximin_squared": maximin,
            # In units of 1/256, which the first 256 points are whole multiples of.
            "sobol_256": (qmc.Sobol(21, scramble=False).random(256) * 256).astype(int).tolist(),
            "sobol_64_dimensions_point_1000": qmc.Sobol(64, scramble=False).random(1024)[1000].tolist(),
            "halton": qmc.Halton(20, scramble=False).random(64).tolist(),
            "halton_5000": qmc.Halton(20, scramble=False).random(5001)[5000].tolist(),
        }
    )
)
