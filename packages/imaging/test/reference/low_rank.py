"""Writes the goldens of the illumination of low rank: python3 low_rank.py, with SciPy 1.10.1 and NumPy 1.24.2.

The arithmetic is that of OpenHCS's `basic_flatfield_correction_numpy` (commit of 2026-02-16), written down from its description: planes
as rows in single precision; the singular values after the first `rank` are set to 0, the rest times 1 - shrinkage is the light; what is
left, less `limit` towards 0, is sparse; again on the pixels less what is sparse, until less than `tolerance` of the norm is unexplained.
Then pixels over (light + 1e-6) times the light's mean, or pixels less the light plus its mean, cut off and kept in the type's range.
"""
import json
import pathlib

import numpy as np
from scipy import linalg

folder = pathlib.Path(__file__).parent.parent / "fixtures" / "low_rank"
folder.mkdir(exist_ok=True)
planes, height, width = 9, 23, 31


def numbers(seed, count, top):
    state, out = seed, []
    for _ in range(count):
        state = (1664525 * state + 1013904223) % 2**32
        out.append((state >> 16) % top)
    return np.array(out)


def scene(level, dtype, seed):
    """Planes under one light whose middle moves a little from plane to plane, each with a bright square and noise."""
    y, x = np.mgrid[:height, :width]
    stack = np.empty((planes, height, width))
    for plane in range(planes):
        fall = (x / width - 0.4 - 0.02 * plane) ** 2 + (y / height - 0.5) ** 2
        stack[plane] = level * (0.7 + 0.1 * plane) / (1 + 1.5 * fall)
        row, column = (5 * plane) % (height - 6), (7 * plane) % (width - 6)
        stack[plane, row : row + 5, column : column + 5] += 0.6 * level
    noise = numbers(seed, stack.size, 1000).reshape(stack.shape) / 1000
    return (stack * (0.95 + 0.1 * noise)).astype(dtype)


def correct(stack, rank=3, shrinkage=0.1, limit=0.01, tolerance=1e-4, iterations=50, mode="divide", keep_mean=True):
    pixels = stack.astype(np.float32).reshape(len(stack), -1)
    norm = np.linalg.norm(pixels)
    sparse = np.zeros_like(pixels)
    for count in range(1, iterations + 1):
        left, values, right = linalg.svd(pixels - sparse, full_matrices=False)
        values[rank:] = 0
        light = (left * values) @ right * (1 - shrinkage)
        rest = pixels - light
        sparse = np.sign(rest) * np.maximum(np.abs(rest) - limit, 0)
        residual = np.linalg.norm(rest - sparse) / norm
        if residual < tolerance:
            break
    mean = np.mean(light)
    if mode == "divide":
        even = pixels / (light + 1e-6) * (mean if keep_mean else 1)
    else:
        even = pixels - light + (mean if keep_mean else 0)
    top = np.iinfo(stack.dtype).max if stack.dtype.kind == "u" else None
    return np.clip(even, 0, top).astype(stack.dtype).reshape(stack.shape), count, float(residual), float(mean)


scenes = {
    "uint16": scene(3000, np.uint16, 1),
    "uint8": scene(100, np.uint8, 2),
    "float32": scene(500, np.float32, 3),
    # Dim: the loop goes on.
    "dim": scene(6, np.float32, 4),
}
cases = {
    "uint16": ("uint16", {}),
    "uint16_rank_1": ("uint16", {"rank": 1}),
    "uint16_subtract": ("uint16", {"mode": "subtract"}),
    "uint16_plain": ("uint16", {"keep_mean": False, "mode": "subtract", "shrinkage": 0}),
    "uint8": ("uint8", {}),
    "float32": ("float32", {}),
    "float32_sparse": ("float32", {"limit": 20, "tolerance": 1e-3, "iterations": 6}),
    "dim": ("dim", {}),
}
results = {}
for name, stack in scenes.items():
    np.save(folder / f"{name}_in.npy", stack)
for name, (given, options) in cases.items():
    stack, iterations, residual, mean = correct(scenes[given], **options)
    np.save(folder / f"{name}_out.npy", stack)
    results[name] = {"scene": given, **options, "found": {"iterations": iterations, "residual": residual, "mean": mean}}
(folder / "results.json").write_text(json.dumps(results, indent=2) + "\n")
print(json.dumps(results, indent=1))
