"""Writes test/fixtures/intensity: results of scikit-image 0.19.3, SciPy 1.10.1 and NumPy 1.24.2 (Debian 12).

Run with: python3 intensity.py. Pictures are made by whole-number formulas that the test repeats, so that only results
are kept.
"""
import json
import os
import sys

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "peers"))
import intensity as peer  # noqa: E402

target = os.path.join(here, "..", "fixtures", "intensity")
os.makedirs(target, exist_ok=True)


def picture(dtype, planes=1, height=45, width=61):
    """Two overlapping ramps and bright squares: see `picture` in test/intensityPicture.ts."""
    z, y, x = np.mgrid[0:planes, 0:height, 0:width].astype(np.int64)
    value = 300 + 7 * x + 11 * y + (x * y * (3 + z)) % 97 + 90 * z
    value += np.where(((x // 9) % 3 == 1) & ((y // 8) % 2 == 1), 4000 + 13 * ((x + y + z) % 29), 0)
    if dtype == "uint8":
        return (value // 24).astype(np.uint8)
    if dtype == "float32":
        return (value / 8192).astype(np.float32)
    return value.astype(np.uint16)


def adaptive(image, method):
    """The mask; 2 where a pixel is at its local threshold, which rounding decides."""
    mask, local = peer.adaptive([image], {"block": 11, "method": method, "offset": 0})[0]
    return np.where(np.abs(image - local) <= (1e-6 if image.dtype == np.float32 else 1e-8), 2, mask).astype(np.uint8)


results = {}
for dtype in ("uint8", "uint16", "float32"):
    one, stack = picture(dtype)[0], picture(dtype, 3)
    top = {"uint8": 255, "uint16": 65535, "float32": 1}[dtype]
    row = {
        "otsu": peer.otsu([one], {})[1],
        "li": peer.li([one], {})[1],
        "triangle": peer.triangle([one], {})[1],
        "multiOtsu": peer.multi_otsu([one], {"classes": 3})[1] if dtype != "uint16" else None,
        "focus": peer.focus([stack], {})[1],
        "saturation": peer.saturation([stack], {"top": float(one.max()), "bottom": float(one.min())})[1],
        "top": float(one.max()),
        "bottom": float(one.min()),
    }
    arrays, value = peer.percentile_normalize([stack], {"low": 2.0, "high": 97.0, "least": 0, "largest": top})
    row["percentiles"] = value
    saved = {
        "normalize": arrays[0],
        "mean": peer.mean_projection([stack], {})[0][0],
        "composite": peer.composite([stack], {"weights": [2, 1, 4]})[0][0],
        "bin_mean_3": peer.binning([one], {"factor": 3, "method": "mean"})[0][0],
        "bin_sum_2": peer.binning([one], {"factor": 2, "method": "sum"})[0][0],
        "bin_maximum_4": peer.binning([one], {"factor": 4, "method": "maximum"})[0][0],
        "clahe": peer.clahe([one], {"kernel": [5, 7], "clip": 0.01, "bins": 256})[0][0],
        "adaptive_mean": adaptive(one, "mean"),
        "adaptive_gaussian": adaptive(one, "gaussian"),
        "sharpest": peer.sharpest([stack], {"window": 5})[0][0],
    }
    for name, array in saved.items():
        np.save(os.path.join(target, f"{name}_{dtype}.npy"), np.ascontiguousarray(array))
    results[dtype] = row
with open(os.path.join(target, "results.json"), "w") as file:
    json.dump(results, file, indent=1)
