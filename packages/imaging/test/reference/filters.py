"""Writes the goldens of the filters: python3 filters.py, with scikit-image 0.19.3, SciPy 1.10.1 and NumPy 1.24.2.

The scene is a 32-bit LCG (x <- 1664525 x + 1013904223, emit x >> 16) modulo 500 over a slope, with five Gaussian spots.
"""
import json
import pathlib

import numpy as np
from scipy import ndimage
from skimage import feature, filters, morphology

folder = pathlib.Path(__file__).parent.parent / "fixtures" / "filters"
folder.mkdir(exist_ok=True)
height, width = 53, 61
state, noise = 11, []
for _ in range(height * width):
    state = (1664525 * state + 1013904223) % 2**32
    noise.append((state >> 16) % 500)
y, x = np.mgrid[:height, :width]
scene = 1000 + 7 * x + 3 * y + np.array(noise).reshape(height, width)
for row, column, sigma in [(10, 12, 2), (14, 45, 3), (30, 28, 4), (44, 10, 2.5), (42, 50, 3.5)]:
    scene = scene + 9000 * np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * sigma**2))
scene = scene.astype(np.uint16)
np.save(folder / "scene.npy", scene)
floats = scene.astype(np.float64)
for border in ["reflect", "nearest"]:
    np.save(folder / f"gaussian_2.3_{border}.npy", filters.gaussian(floats, 2.3, mode=border, preserve_range=True))
    np.save(folder / f"log_1.7_{border}.npy", ndimage.gaussian_laplace(floats, 1.7, mode=border))
    np.save(folder / f"dog_1_2.5_{border}.npy", filters.difference_of_gaussians(floats, 1, 2.5, mode=border))
np.save(folder / "median_disk_3.npy", filters.median(scene, morphology.disk(3), mode="reflect"))
np.save(folder / "median_square_2.npy", filters.median(scene, morphology.square(5), mode="nearest"))
blobs = {
    "min_sigma 1, max_sigma 6, num_sigma 6, threshold 1000 / 65535": feature.blob_log(
        scene, min_sigma=1, max_sigma=6, num_sigma=6, threshold=1000 / 65535
    ).tolist()
}
(folder / "blobs.json").write_text(json.dumps(blobs, indent=2) + "\n")
