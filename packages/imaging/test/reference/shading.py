"""Writes what PyBaSiC finds on seeded plates: python3 shading.py <folder of PyBaSiC>, with NumPy 1.24.2, SciPy 1.10.1.

PyBaSiC is the authors' own Python of Peng et al. 2017, Nature Communications 8, 14836: github.com/peng-lab/PyBaSiC, the state
before it became BaSiCPy (commit d7a0b087), folder `pybasic` (MIT). It is run as it is, on fields of 64 x 64 at a working size of 64,
so that nothing is resampled; only its remembered weights are set back between plates.

Plates are made of sums, products and square roots alone, from the numbers of Mulberry32, so that the tests make the same pixels.
"""
import hashlib
import json
import pathlib
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])
import pybasic._background as background  # noqa: E402

folder = pathlib.Path(__file__).parent.parent / "fixtures" / "shading"
folder.mkdir(exist_ok=True)
side = 64


class Numbers:
    """The uniform numbers of Mulberry32, many at once: its state is a counter."""

    def __init__(self, seed):
        self.state = seed

    def take(self, count):
        state = (self.state + 0x6D2B79F5 * np.arange(1, count + 1, dtype=np.uint64)) & 0xFFFFFFFF
        self.state = int(state[-1])
        mixed = ((state ^ (state >> 15)) * (state | 1)) & 0xFFFFFFFF
        mixed ^= (mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)) & 0xFFFFFFFF
        return (mixed ^ (mixed >> 14)).astype(np.float64) / 4294967296


def shading():
    """The light, of mean 1, brightest a little off the middle; and the dark field of a detector that glows in one corner."""
    y, x = np.mgrid[:side, :side] / side
    fall = 1 + 0.8 * ((x - 0.45) * (x - 0.45) + (y - 0.55) * (y - 0.55))
    flat = 1 / (fall * fall)
    dark = 100 + 20 * x + 40 / (1 + 20 * ((x - 1) * (x - 1) + y * y))
    return flat / (np.cumsum(flat)[-1] / flat.size), dark


def plate(seed, fields, cells, low, high, has_dark):
    numbers = Numbers(seed)
    flat, dark = shading()
    y, x = np.mgrid[:side, :side]
    stack = np.zeros((fields, side, side), np.uint16)
    for field in range(fields):
        exposure = low + (high - low) * numbers.take(1)[0]
        light = np.full((side, side), 400.0)
        for _ in range(cells):
            draw = numbers.take(4)
            column, row, radius, add = draw[0] * side, draw[1] * side, (0.03 + 0.03 * draw[2]) * side, 200 + 1300 * draw[3]
            square = (x - column) * (x - column) + (y - row) * (y - row)
            light = light + np.where(square < radius * radius, add * (1 - square / (radius * radius)), 0)
        signal = light * exposure * flat
        four = numbers.take(4 * side * side).reshape(side, side, 4)
        noise = (four[..., 0] + four[..., 1] + four[..., 2] + four[..., 3] - 2) * np.sqrt(3 * signal)
        value = np.floor((signal + noise + dark if has_dark else signal + noise) + 0.5)
        stack[field] = np.clip(value, 0, 65535)
    return stack


plates = {
    "sparse": dict(seed=1, fields=24, cells=10, low=0.8, high=1.2, has_dark=False),
    "drift": dict(seed=2, fields=24, cells=10, low=0.4, high=1.6, has_dark=False),
    "dense": dict(seed=3, fields=24, cells=60, low=0.8, high=1.2, has_dark=False),
    "dark": dict(seed=4, fields=24, cells=10, low=0.4, high=1.6, has_dark=True),
    "dark_dense": dict(seed=5, fields=24, cells=60, low=0.4, high=1.6, has_dark=True),
    "dark_confluent": dict(seed=6, fields=24, cells=200, low=0.4, high=1.6, has_dark=True),
    "dark_even_light": dict(seed=7, fields=24, cells=10, low=0.98, high=1.02, has_dark=True),
    "dark_few": dict(seed=8, fields=6, cells=10, low=0.4, high=1.6, has_dark=True),
}


def reference(stack, darkfield):
    background.settings.lambda_flatfield = 0
    background.settings.lambda_darkfield = 0
    np.random.seed(0)  # its first dark field is random, and only compared with
    return background.basic(
        list(stack.astype(np.float64)), verbosity=False, darkfield=darkfield, working_size=side
    )


def main():
    flat, dark = shading()
    results = {}
    for name, options in plates.items():
        stack = plate(**options)
        given = stack - dark if options["has_dark"] else stack
        found, _ = reference(given, False)
        both, offset = reference(stack, True)
        np.save(folder / f"{name}_flat.npy", np.ascontiguousarray(found, np.float32))
        truth = dark if options["has_dark"] else np.zeros_like(dark)
        results[name] = {
            **options,
            "sum": int(stack.sum(dtype=np.uint64)),
            "sha256": hashlib.sha256(stack.tobytes()).hexdigest(),
            "flatError": float(np.sqrt(np.mean((found / flat - 1) ** 2))),
            "flatErrorWithDark": float(np.sqrt(np.mean((both / flat - 1) ** 2))),
            "darkError": float(np.sqrt(np.mean((offset - truth) ** 2))),
            "darkMean": float(offset.mean()),
        }
        print(name, results[name])
    (folder / "results.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
