"""Noncentral t and F, by mpmath-free high accuracy: scipy (Boost). Run: python3 noncentral.py > ../fixtures/analysis/noncentral.json"""
import json, scipy
from scipy import stats
rows = []
for df in (1, 3.7, 10, 29, 120, 1000):
    for ncp in (0.5, 1.5, 3, 8):
        for q in (-1, 0.5, 2, 4, 9):
            rows.append(["ptNcp", [q, df, ncp], float(stats.nct.cdf(q, df, ncp))])
    for df1 in (1, 2, 5, 14):
        for ncp in (0.5, 5, 20):
            for q in (0.5, 2, 6):
                rows.append(["pfNcp", [q, df1, df, ncp], float(stats.ncf.cdf(q, df1, df, ncp))])
print(json.dumps({"source": f"scipy {scipy.__version__}", "values": rows}))
