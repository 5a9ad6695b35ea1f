"""Writes fixtures/registration/phase_correlation.json with scikit-image 0.19.3, NumPy 1.24.2, SciPy 1.10.1 (Debian 12).

Run with: python3 registration.py. Pictures are made of whole numbers alone, so that any language can make them again:
a 32-bit LCG (x <- 1664525 x + 1013904223 mod 2^32, emit (x >> 16) mod 1024), sums over 5 x 5, then sums over blocks of 4 x 4
from (16 + dy, 16 + dx), divided by 8 and rounded down. `dy` and `dx` are quarters of a pixel.
"""
import json
import os

import numpy as np
import scipy
import skimage
from skimage.registration import phase_cross_correlation


def picture(seed, width, height, dx, dy):
    columns, rows = 4 * width + 40, 4 * height + 40
    state, values = seed, np.empty(rows * columns, np.int64)
    for index in range(values.size):
        state = (1664525 * state + 1013904223) % 2**32
        values[index] = (state >> 16) % 1024
    values = values.reshape(rows, columns)
    sums = sum(values[y : rows - 4 + y, x : columns - 4 + x] for y in range(5) for x in range(5))
    block = sums[16 + dy : 16 + dy + 4 * height, 16 + dx : 16 + dx + 4 * width]
    return (block.reshape(height, 4, width, 4).sum(axis=(1, 3)) // 8).astype(np.uint16)


cases = []
sizes = [(32, 24), (27, 45), (40, 31), (64, 20), (37, 34), (50, 49)]
for seed, (width, height) in enumerate(sizes, 1):
    dx, dy = [(5, -7), (-12, 3), (8, 8), (1, -2), (-15, 14), (0, 6)][seed - 1]
    reference, moving = picture(seed, width, height, 0, 0), picture(seed, width, height, dx, dy)
    for normalization in ("phase", None):
        for upsample in (1, 4, 10, 100):
            shift, error, _ = phase_cross_correlation(
                reference, moving, upsample_factor=upsample, normalization=normalization
            )
            cases.append(
                {
                    "seed": seed,
                    "width": width,
                    "height": height,
                    "dx": dx,
                    "dy": dy,
                    "normalization": normalization or "none",
                    "upsampleFactor": upsample,
                    "shift": [float(shift[0]), float(shift[1])],
                    "error": float(error) if normalization is None else None,
                    "sums": [int(reference.sum()), int(moving.sum())],
                }
            )
versions = {"skimage": skimage.__version__, "numpy": np.__version__, "scipy": scipy.__version__}
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "../fixtures/registration/phase_correlation.json"), "w") as file:
    json.dump({"versions": versions, "cases": cases}, file, indent=1)
    file.write("\n")
