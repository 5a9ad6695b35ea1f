"""Minima of the benchmark functions by scipy (1.17), independent of our code: Branin and Hartmann-6 minimised from many
starts with L-BFGS-B, and values of all functions at fixed points. Prints JSON for test/benchmarks/Functions.test.ts."""
import json
import numpy as np
from scipy.optimize import minimize, rosen

def branin(v):
    x, y = v
    return (y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6) ** 2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10

A = np.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]])
P = 1e-4 * np.array([[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
                     [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]])
C = np.array([1, 1.2, 3, 3.2])

def hartmann6(v):
    return -float(np.sum(C * np.exp(-np.sum(A * (np.asarray(v) - P) ** 2, axis=1))))

def best(f, bounds, starts=200):
    rng = np.random.default_rng(1)
    found = []
    for _ in range(starts):
        start = [rng.uniform(lo, hi) for lo, hi in bounds]
        found.append(minimize(f, start, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-16, "gtol": 1e-12}))
    one = min(found, key=lambda r: r.fun)
    return {"value": float(one.fun), "point": [float(x) for x in one.x]}

print(json.dumps({
    "branin_min": best(branin, [(-5, 10), (0, 15)]),
    "hartmann6_min": best(hartmann6, [(0, 1)] * 6),
    "rosenbrock": {"point": [-1.2, 1.0, 0.5, 2.0], "value": float(rosen([-1.2, 1.0, 0.5, 2.0]))},
    "branin": {"point": [2.5, 7.5], "value": float(branin([2.5, 7.5]))},
    "hartmann6": {"point": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], "value": hartmann6([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])},
}, indent=1))
