"""Efficiencies of designs made here, independently of Heddle, with NumPy. Prints the values that the tests expect.

D = 100 det(X'X)^(1/p) / n, A = 100 p / (n trace (X'X)^-1), G = 100 p / (n max leverage),
I = average prediction variance over the cube [-1, 1]^k (moments by Gauss-Legendre quadrature of order 4).
"""
import itertools

import numpy as np


def quadratic(x):
    k = x.shape[1]
    pairs = [x[:, i] * x[:, j] for i, j in itertools.combinations(range(k), 2)]
    return np.column_stack([np.ones(len(x)), x, *pairs, x**2])


def main(x):
    return np.column_stack([np.ones(len(x)), x])


def report(name, x, model):
    m = model(x)
    n, p = m.shape
    info = m.T @ m
    cov = np.linalg.inv(info)
    nodes, weights = np.polynomial.legendre.leggauss(4)
    k = x.shape[1]
    grid = np.array(list(itertools.product(nodes, repeat=k)))
    w = np.array([np.prod(q) for q in itertools.product(weights, repeat=k)])
    w = w / w.sum()
    f = model(grid)
    average = float(np.sum(w * np.einsum("ij,jk,ik->i", f, cov, f)))
    d = 100 * np.exp(np.linalg.slogdet(info)[1] / p) / n
    a = 100 * p / (n * np.trace(cov))
    g = 100 * p / (n * np.max(np.einsum("ij,jk,ik->i", m, cov, m)))
    vif = [cov[j, j] * np.sum((m[:, j] - m[:, j].mean()) ** 2) for j in range(1, p)]
    print(f"{name}: n={n} p={p} D={d:.10f} A={a:.10f} G={g:.10f} I={average:.10f} cond={np.linalg.cond(m):.10f} maxvif={max(vif):.10f}")


def composite(k, alpha, center):
    corners = np.array(list(itertools.product([-1, 1], repeat=k)), float)
    axial = np.vstack([s * alpha * np.eye(k)[i] for i in range(k) for s in (-1, 1)])
    return np.vstack([corners, axial, np.zeros((center, k))])


def behnken3(center):
    rows = []
    for i, j in itertools.combinations(range(3), 2):
        for a, b in itertools.product([-1, 1], repeat=2):
            row = [0.0] * 3
            row[i], row[j] = a, b
            rows.append(row)
    return np.vstack([rows, np.zeros((center, 3))])


def conference6():
    q = 5
    squares = {(i * i) % q for i in range(1, q)}
    c = np.zeros((6, 6))
    c[0, 1:] = c[1:, 0] = 1
    for i in range(q):
        for j in range(q):
            if i != j:
                c[i + 1, j + 1] = 1 if (i - j) % q in squares else -1
    assert np.array_equal(c.T @ c, 5 * np.eye(6))
    return c


def screening6():
    c = conference6()
    return np.vstack([np.vstack([r, -r]) for r in c] + [np.zeros((1, 6))])


report("face 2, 1 centre, quadratic", composite(2, 1, 1), quadratic)
report("rotatable 3, 6 centres, quadratic", composite(3, 8**0.25, 6), quadratic)
report("Box-Behnken 3, 3 centres, quadratic", behnken3(3), quadratic)
report("definitive screening 6, main effects", screening6(), main)
x = screening6()
sq = x**2
print("correlation of two squares:", np.corrcoef(sq[:, 0], sq[:, 1])[0, 1])

first = [1 if s == "+" else -1 for s in "++-+++---+-"]
pb = np.array([[first[(j - i) % 11] for j in range(11)] for i in range(11)] + [[-1] * 11], float)
x1 = main(pb)
x2 = np.column_stack([pb[:, i] * pb[:, j] for i, j in itertools.combinations(range(11), 2)])
alias = np.linalg.solve(x1.T @ x1, x1.T @ x2)
values, counts = np.unique(np.round(np.abs(alias[1]), 10), return_counts=True)
print("Plackett-Burman 12, shares of two-factor interactions in the first main effect:", dict(zip(values, counts)))
