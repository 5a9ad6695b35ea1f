"""Corrected p-values and intervals after group-sequential stopping, from multivariate normal probabilities of SciPy.

python3 sequential.py > ../fixtures/sequential_corrections.json
The boundaries are ldbounds' / rpact's for four even looks (see sequential.R); nothing here shares code with the library.
"""
import json
import numpy as np
import scipy
from scipy.optimize import brentq
from scipy.stats import multivariate_normal

TIMES = np.array([0.25, 0.5, 0.75, 1.0])
BOUNDS = {"obrien_fleming": [4.332634, 2.963132, 2.359044, 2.014090], "pocock": [2.368328, 2.367524, 2.358168, 2.350030]}


def box(low, high, mean, cov):
    """P(low < X < high) of a normal vector."""
    if len(low) == 1:
        s = np.sqrt(cov[0][0])
        from scipy.stats import norm
        return norm.cdf((high[0] - mean[0]) / s) - norm.cdf((low[0] - mean[0]) / s)
    return multivariate_normal.cdf(high, mean, cov, maxpts=200_000, abseps=1e-7, releps=1e-7, lower_limit=low)


def tail(bounds, look, z, drift):
    total = 0.0
    for j in range(look + 1):
        t = TIMES[: j + 1]
        cov = np.minimum.outer(t, t)
        mean = drift * t
        limit = (z if j == look else bounds[j]) * np.sqrt(t[j])
        low = [-bounds[i] * np.sqrt(t[i]) for i in range(j)] + [limit]
        high = [bounds[i] * np.sqrt(t[i]) for i in range(j)] + [np.inf]
        total += box(np.array(low), np.array(high), mean, cov)
    return total


cases = []
for spending, bounds in BOUNDS.items():
    for look, estimate, se in [(0, 1.0, 0.2), (1, 0.9, 0.25), (2, 0.5, 0.18), (3, 0.2, 0.16), (3, -0.4, 0.16)]:
        z = estimate / se
        per = 1 / (se * np.sqrt(TIMES[look]))
        f = lambda effect, p: tail(bounds, look, z, effect * per) - p
        solve = lambda p: brentq(f, estimate - 8 * se, estimate + 8 * se, args=(p,), xtol=1e-6)
        up, down = tail(bounds, look, z, 0), tail(bounds, look, -z, 0)
        cases.append(dict(spending=spending, look=look, estimate=estimate, standardError=se, p=min(1, 2 * min(up, down)), medianUnbiased=solve(0.5), lower=solve(0.025), upper=solve(0.975)))
print(json.dumps(dict(source=f"scipy {scipy.__version__} multivariate_normal", cases=cases), indent=1))
