"""Best designs over small candidate sets, by trying every multiset of candidates (numpy alone; no search).

python3 test/reference/optimal_exhaustive.py > test/fixtures/optimal_exhaustive.json

Values: D is |X'X|, A is trace((X'X)^-1), I is the mean of x'(X'X)^-1 x over the square [-1, 1]^2 with exact moments for
numbers, over the candidates where a constraint rules some out.
"""
import itertools
import json

import numpy as np


def quadratic(x):
    return [1, x[0], x[1], x[0] * x[1], x[0] ** 2, x[1] ** 2]


def main(x):
    return [1, *x]


def interactions(x):
    return [1, *x, *[a * b for a, b in itertools.combinations(x, 2)]]


def moments_quadratic():
    # 1, a, b, ab, a^2, b^2 with E a^2 = 1/3 and E a^4 = 1/5.
    m = np.diag([1, 1 / 3, 1 / 3, 1 / 9, 1 / 5, 1 / 5])
    m[0, 4] = m[4, 0] = m[0, 5] = m[5, 0] = 1 / 3
    m[4, 5] = m[5, 4] = 1 / 9
    return m


def best(candidates, model, n, moments):
    rows = np.array([model(c) for c in candidates], dtype=float)
    p = rows.shape[1]
    top = {"D": 0.0, "A": np.inf, "I": np.inf}
    for combo in itertools.combinations_with_replacement(range(len(rows)), n):
        x = rows[list(combo)]
        m = x.T @ x
        det = np.linalg.det(m)
        if det < 1e-6:
            continue
        inverse = np.linalg.inv(m)
        top["D"] = max(top["D"], det)
        top["A"] = min(top["A"], np.trace(inverse))
        top["I"] = min(top["I"], np.trace(inverse @ moments))
    return {"runs": n, "parameters": p, **{k: float(v) for k, v in top.items()}}


two = list(itertools.product([-1, 1], repeat=3))
three = list(itertools.product([-1, 0, 1], repeat=2))
cut = [c for c in three if c[0] + c[1] < 2]
cut_rows = np.array([quadratic(c) for c in cut], dtype=float)
print(
    json.dumps(
        {
            "numpy": np.__version__,
            "two_level_main": [best(two, main, n, np.diag([1, 1 / 3, 1 / 3, 1 / 3])) for n in (4, 5, 6, 7, 8)],
            "two_level_interactions": [
                best(two, interactions, n, np.diag([1] + [1 / 3] * 3 + [1 / 9] * 3)) for n in (7, 8)
            ],
            "quadratic": [best(three, quadratic, n, moments_quadratic()) for n in (6, 7, 8, 9)],
            "quadratic_without_corner": [
                best(cut, quadratic, n, cut_rows.T @ cut_rows / len(cut_rows)) for n in (6, 7, 8)
            ],
        }
    )
)
