"""Writes test/fixtures/objects: small label, distance, watershed and region goldens.

Equal maxima are taken in the order of rows: the unstable sort of peak_local_max is made stable here.

Made with scikit-image 0.19.3, SciPy 1.10.1, NumPy 1.24.2 (Debian 12). Run with: python3 objects.py
"""
import json
import os

import numpy as np
from scipy import ndimage
from skimage import feature, measure, segmentation
from skimage.feature import peak as peak_module



class StableNumpy:
    """NumPy whose argsort keeps the order of equal values."""

    def __getattr__(self, name):
        return getattr(np, name)

    @staticmethod
    def argsort(values):
        return np.argsort(values, kind="stable")


peak_module.np = StableNumpy()
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures", "objects")
os.makedirs(folder, exist_ok=True)
height, width = 60, 90
rng = np.random.default_rng(7)
y, x = np.mgrid[:height, :width]
image = np.full((height, width), 200.0)
for _ in range(22):
    cy, cx, r = rng.uniform(0, height), rng.uniform(0, width), rng.uniform(2, 8)
    image[(y - cy) ** 2 + (x - cx) ** 2 <= r * r] += rng.uniform(800, 3000)
image = rng.poisson(image).astype(np.uint16)
mask = (image > 700).astype(np.uint8)
labels4 = measure.label(mask, connectivity=1).astype(np.uint32)
labels8 = measure.label(mask, connectivity=2).astype(np.uint32)
distance = ndimage.distance_transform_edt(mask).astype(np.float32)
found = feature.peak_local_max(distance, min_distance=4, exclude_border=False)
markers = np.zeros(mask.shape, np.uint32)
for number, (row, column) in enumerate(sorted(map(tuple, found))):
    markers[row, column] = number + 1
basins = segmentation.watershed(image, markers.astype(np.int32), mask=mask > 0).astype(np.uint32)
arrays = {
    "image": image,
    "mask": mask,
    "labels4": labels4,
    "labels8": labels8,
    "distance": distance,
    "markers": markers,
    "basins": basins,
}
for name, array in arrays.items():
    np.save(os.path.join(folder, name + ".npy"), array)
rows = []
for region in measure.regionprops(basins.astype(np.int64), image):
    rows.append(
        {
            "label": region.label,
            "area_px": int(region.area),
            "centroid_y_px": region.centroid[0],
            "centroid_x_px": region.centroid[1],
            "perimeter_px": region.perimeter,
            "major_axis_px": region.axis_major_length,
            "minor_axis_px": region.axis_minor_length,
            "orientation_rad": region.orientation,
            "solidity": region.solidity,
            "extent": region.extent,
            "euler_number": int(region.euler_number),
            "intensity_min": region.intensity_min,
            "intensity_max": region.intensity_max,
            "intensity_mean": region.intensity_mean,
            "intensity_std": float(image[basins == region.label].std()),
            "weighted_centroid_y_px": region.centroid_weighted[0],
            "weighted_centroid_x_px": region.centroid_weighted[1],
            "moment_hu_1": region.moments_hu[0],
            "moment_normalised_20": region.moments_normalized[2, 0],
            "moment_central_11": region.moments_central[1, 1],
            "moment_raw_21": region.moments[2, 1],
        }
    )
with open(os.path.join(folder, "regions.json"), "w", encoding="utf-8") as file:
    json.dump({"peaks": sorted(map(lambda p: [int(p[0]), int(p[1])], found)), "regions": rows}, file)
