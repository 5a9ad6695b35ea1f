"""Objects in scikit-image, SciPy, NumPy and OpenCV."""
import numpy as np
from scipy import ndimage
from skimage import feature, filters, measure, morphology, segmentation

try:
    import cv2
except ImportError:
    cv2 = None


def cells_skimage(arrays, _parameters):
    image = arrays[0]

    def work():
        labels = measure.label(image > filters.threshold_otsu(image), connectivity=2)
        count = labels.max()
        index = np.arange(1, count + 1)
        flat = labels.ravel()
        area = np.bincount(flat, minlength=count + 1)[1:]
        mean = np.bincount(flat, weights=image.ravel(), minlength=count + 1)[1:] / area
        y, x = np.divmod(np.flatnonzero(flat), image.shape[1])
        own = flat[flat > 0]
        ys = np.bincount(own, weights=y, minlength=count + 1)[1:] / area
        xs = np.bincount(own, weights=x, minlength=count + 1)[1:] / area
        return len(index), area, ys, xs, mean

    return work, lambda r: [r[0], r[1].sum(), r[2].sum(), r[3].sum(), r[4].sum()]


def cells_cv2(arrays, _parameters):
    image = arrays[0]

    def work():
        threshold, mask = cv2.threshold(image, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        count, labels, stats, centroids = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
        area = stats[1:, cv2.CC_STAT_AREA]
        mean = np.bincount(labels.ravel(), weights=image.ravel(), minlength=count)[1:] / area
        return count - 1, area, centroids[1:, 1], centroids[1:, 0], mean

    return work, lambda r: [r[0], r[1].sum(), r[2].sum(), r[3].sum(), r[4].sum()]


def cells_watershed_skimage(arrays, _parameters):
    image = arrays[0]

    def work():
        mask = image > filters.threshold_otsu(image)
        distance = ndimage.distance_transform_edt(mask)
        found = feature.peak_local_max(distance, min_distance=5, exclude_border=False, threshold_abs=0)
        markers = np.zeros(image.shape, np.int32)
        markers[tuple(found.T)] = np.arange(1, len(found) + 1)
        labels = segmentation.watershed(-distance, markers, mask=mask)
        return np.bincount(labels.ravel())

    return work, lambda r: [r[1:].sum()]


def label_skimage(arrays, _parameters):
    mask = arrays[0] > 0
    return lambda: measure.label(mask, connectivity=2), lambda r: [r.max(), r.sum(dtype=np.float64)]


def label_cv2(arrays, _parameters):
    return (
        lambda: cv2.connectedComponents(arrays[0], connectivity=8),
        lambda r: [r[0] - 1, r[1].sum(dtype=np.float64)],
    )


def distance_scipy(arrays, _parameters):
    return lambda: ndimage.distance_transform_edt(arrays[0]), lambda r: [r.sum()]


def distance_cv2(arrays, _parameters):
    return (
        lambda: cv2.distanceTransform(arrays[0], cv2.DIST_L2, cv2.DIST_MASK_PRECISE),
        lambda r: [r.sum(dtype=np.float64)],
    )


def peaks_skimage(arrays, _parameters):
    return (
        lambda: feature.peak_local_max(arrays[0], min_distance=5, exclude_border=False),
        lambda r: [len(r)],
    )


def watershed_skimage(arrays, _parameters):
    image, markers, mask = arrays[0], arrays[1].astype(np.int32), arrays[2] > 0
    return lambda: segmentation.watershed(image, markers, mask=mask), lambda r: [r.sum(dtype=np.float64)]


def regions_skimage(arrays, _parameters):
    labels, image = arrays[0].astype(np.int64), arrays[1]
    names = ("area", "perimeter", "eccentricity", "solidity", "intensity_mean")

    def work():
        return measure.regionprops_table(labels, image, properties=names)

    return work, lambda r: [float(r[name].sum()) for name in names]


def remove_small_skimage(arrays, _parameters):
    mask = arrays[0] > 0
    return lambda: morphology.remove_small_objects(mask, 200), lambda r: [r.sum()]


def fill_holes_scipy(arrays, _parameters):
    return lambda: ndimage.binary_fill_holes(arrays[0]), lambda r: [r.sum()]


def clear_border_skimage(arrays, _parameters):
    mask = arrays[0] > 0
    return lambda: segmentation.clear_border(mask), lambda r: [r.sum()]


def colocalization_numpy(arrays, _parameters):
    a, b = arrays

    def work():
        in_a, in_b = a > filters.threshold_otsu(a), b > filters.threshold_otsu(b)
        both = in_a & in_b
        return (
            np.corrcoef(a.ravel(), b.ravel())[0, 1],
            a[both].sum(dtype=np.float64) / a[in_a].sum(dtype=np.float64),
            b[both].sum(dtype=np.float64) / b[in_b].sum(dtype=np.float64),
        )

    return work, list


def overlap_numpy(arrays, _parameters):
    a, b = arrays[0].astype(np.int64), arrays[1].astype(np.int64)

    def work():
        counts = np.bincount(a.ravel())[1:]
        width = int(b.max()) + 1
        pairs = np.bincount((a * width + b).ravel(), minlength=(int(a.max()) + 1) * width)
        pairs = pairs.reshape(-1, width)[1:, 1:]
        return counts, pairs.sum(axis=1), pairs.max(axis=1)

    return work, lambda r: [float(part.sum()) for part in r]


operations = {
    operation.__name__: operation
    for operation in (
        cells_skimage,
        cells_cv2,
        cells_watershed_skimage,
        label_skimage,
        label_cv2,
        distance_scipy,
        distance_cv2,
        peaks_skimage,
        watershed_skimage,
        regions_skimage,
        remove_small_skimage,
        fill_holes_scipy,
        clear_border_skimage,
        colocalization_numpy,
        overlap_numpy,
    )
}
