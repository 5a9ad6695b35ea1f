"""Objects of scikit-image, SciPy and NumPy.

Two of its orders are not part of what scikit-image promises: equal values are sorted by an unstable sort in
peak_local_max, and markers of one value leave watershed's heap in the order of its layout. The first is made stable here;
for the second there is `watershed_by_age`, the same flooding on Python's heapq with the order of rows as the last key.
"""
import heapq

import numpy as np
from scipy import ndimage
from skimage import feature, filters, measure, morphology, segmentation
from skimage.feature import peak as peak_module


class StableNumpy:
    """NumPy whose argsort keeps the order of equal values."""

    def __getattr__(self, name):
        return getattr(np, name)

    @staticmethod
    def argsort(values):
        return np.argsort(values, kind="stable")


peak_module.np = StableNumpy()


def label(arrays, parameters):
    labels = measure.label(arrays[0] > 0, connectivity=1 if parameters["connectivity"] == "4" else 2)
    return [labels.astype(np.uint32)], int(labels.max())


def distance_transform(arrays, _parameters):
    return [ndimage.distance_transform_edt(arrays[0]).astype(np.float32)], None


def local_maxima(arrays, parameters):
    labels = arrays[1].astype(np.int32) if len(arrays) > 1 else None
    found = feature.peak_local_max(
        arrays[0],
        min_distance=parameters["minimumDistancePx"],
        exclude_border=parameters["borderPx"],
        threshold_abs=parameters.get("thresholdAbove"),
        labels=labels,
    )
    return [found.astype(np.int32).reshape(-1, 2)], None


def watershed(arrays, parameters):
    image, markers = arrays[0], arrays[1].astype(np.int32)
    mask = arrays[2] > 0 if len(arrays) > 2 else None
    connectivity = 1 if parameters["connectivity"] == "4" else 2
    return [segmentation.watershed(image, markers, connectivity=connectivity, mask=mask).astype(np.uint32)], None


NEIGHBOURS = [(-1, 0), (0, -1), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)]


def watershed_by_age(arrays, parameters):
    image = arrays[0]
    height, width = image.shape
    mask = arrays[2] > 0 if len(arrays) > 2 else np.ones(image.shape, bool)
    out = np.where(mask, arrays[1], 0).astype(np.uint32)
    heap = [(float(image[y, x]), 0, y, x) for y, x in zip(*np.nonzero(out))]
    heapq.heapify(heap)
    age = 1
    while heap:
        _, _, y, x = heapq.heappop(heap)
        for dy, dx in NEIGHBOURS[: int(parameters["connectivity"])]:
            v, u = y + dy, x + dx
            if 0 <= v < height and 0 <= u < width and mask[v, u] and out[v, u] == 0:
                out[v, u] = out[y, x]
                age += 1
                heapq.heappush(heap, (float(image[v, u]), age, v, u))
    return [out], None


def region_properties(arrays, _parameters):
    labels = arrays[0].astype(np.int64)
    image = arrays[1]
    rows = []
    for region in measure.regionprops(labels, image):
        row = {
            "label": region.label,
            "area_px": region.area,
            "centroid_y_px": region.centroid[0],
            "centroid_x_px": region.centroid[1],
            "top_px": region.bbox[0],
            "left_px": region.bbox[1],
            "bottom_px": region.bbox[2],
            "right_px": region.bbox[3],
            "perimeter_px": region.perimeter,
            "equivalent_diameter_px": region.equivalent_diameter_area,
            "major_axis_px": region.axis_major_length,
            "minor_axis_px": region.axis_minor_length,
            "eccentricity": region.eccentricity,
            "orientation_rad": region.orientation,
            "extent": region.extent,
            "convex_area_px": region.area_convex,
            "solidity": region.solidity,
            "euler_number": region.euler_number,
            "intensity_min": region.intensity_min,
            "intensity_max": region.intensity_max,
            "intensity_mean": image[labels == region.label].mean(dtype=np.float64),
            "intensity_sum": image[labels == region.label].sum(dtype=np.float64),
            "intensity_std": image[labels == region.label].std(dtype=np.float64),
            "weighted_centroid_y_px": region.centroid_weighted[0],
            "weighted_centroid_x_px": region.centroid_weighted[1],
        }
        for p in range(4):
            for q in range(4 - p):
                row[f"moment_raw_{p}{q}"] = region.moments[p, q]
                row[f"moment_central_{p}{q}"] = region.moments_central[p, q]
                if p + q >= 2:
                    row[f"moment_normalised_{p}{q}"] = region.moments_normalized[p, q]
        for place in range(7):
            row[f"moment_hu_{place + 1}"] = region.moments_hu[place]
        rows.append({name: None if np.isnan(value) else float(value) for name, value in row.items()})
    return [], rows


def remove_small_objects(arrays, parameters):
    connectivity = 1 if parameters["connectivity"] == "4" else 2
    objects = arrays[0] > 0 if arrays[0].dtype == np.uint8 else arrays[0].astype(np.int64)
    out = morphology.remove_small_objects(objects, parameters["areaMinPx"], connectivity=connectivity)
    return [out.astype(arrays[0].dtype)], None


def fill_holes(arrays, parameters):
    structure = ndimage.generate_binary_structure(2, 1 if parameters["connectivity"] == "4" else 2)
    return [ndimage.binary_fill_holes(arrays[0], structure).astype(np.uint8)], None


def clear_border(arrays, parameters):
    objects = arrays[0] > 0 if arrays[0].dtype == np.uint8 else arrays[0].astype(np.int64)
    return [segmentation.clear_border(objects, parameters["borderPx"] - 1).astype(arrays[0].dtype)], None


def thresholds(arrays, _parameters):
    return [], [float(filters.threshold_otsu(arrays[0])), float(filters.threshold_li(arrays[0]))]


def count_cells(arrays, parameters):
    """Otsu, components, areas and grey values; with `watershed`, split by hand from SciPy's and scikit-image's parts."""
    image = arrays[0]
    mask = image > filters.threshold_otsu(image)
    labels = measure.label(mask, connectivity=2)
    if parameters["method"] == "watershed":
        distance = ndimage.distance_transform_edt(mask)
        found = feature.peak_local_max(
            distance, min_distance=parameters["peakDistancePx"], exclude_border=False, threshold_abs=0
        )
        markers = np.zeros(image.shape, np.int32)
        for number, (y, x) in enumerate(found):
            markers[y, x] = number + 1
        parts = watershed_by_age([-distance, markers, mask.astype(np.uint8)], {"connectivity": "4"})[0][0].astype(int)
        parts[mask & (parts == 0)] = labels[mask & (parts == 0)] + len(found)
        labels = parts
    order = [label for label in labels[labels > 0]]
    out = np.zeros(image.shape, np.uint32)
    number = 0
    for one in dict.fromkeys(order):
        own = labels == one
        ys, xs = np.nonzero(own)
        border = ys.min() == 0 or xs.min() == 0 or ys.max() == image.shape[0] - 1 or xs.max() == image.shape[1] - 1
        if border or not parameters["areaMinPx"] <= own.sum() <= parameters["areaMaxPx"]:
            continue
        number += 1
        out[own] = number
    rows = [
        [region.area, *region.centroid, image[out == region.label].mean(dtype=np.float64)]
        for region in measure.regionprops(out.astype(np.int64), image)
    ]
    return [out], [[float(value) for value in row] for row in rows]


def colocalization(arrays, parameters):
    a, b = (array.astype(np.float64) for array in arrays[:2])
    mask = arrays[2] > 0 if len(arrays) > 2 else np.ones(a.shape, bool)
    in_a, in_b = mask & (a > parameters["thresholdA"]), mask & (b > parameters["thresholdB"])
    with np.errstate(all="ignore"):
        values = [
            np.corrcoef(a[mask], b[mask])[0, 1] if mask.sum() > 1 else np.nan,
            a[in_a & in_b].sum() / a[in_a].sum(),
            b[in_a & in_b].sum() / b[in_b].sum(),
        ]
    return [], [None if np.isnan(value) else float(value) for value in values]


def object_overlap(arrays, _parameters):
    a, b = (array.astype(np.int64) for array in arrays)
    rows = []
    for one in np.unique(a[a > 0]):
        own = a == one
        partners, counts = np.unique(b[own & (b > 0)], return_counts=True)
        if len(partners) == 0:
            rows.append([int(one), int(own.sum()), 0, -1, 0, None])
            continue
        best = int(counts.argmax())
        either = int((own | (b == partners[best])).sum())
        rows.append(
            [int(one), int(own.sum()), int(counts.sum()), int(partners[best]), int(counts[best]), counts[best] / either]
        )
    return [], rows


operations = {
    "label": label,
    "distance_transform": distance_transform,
    "local_maxima": local_maxima,
    "watershed": watershed,
    "watershed_by_age": watershed_by_age,
    "region_properties": region_properties,
    "remove_small_objects": remove_small_objects,
    "fill_holes": fill_holes,
    "clear_border": clear_border,
    "thresholds": thresholds,
    "count_cells": count_cells,
    "colocalization": colocalization,
    "object_overlap": object_overlap,
}
