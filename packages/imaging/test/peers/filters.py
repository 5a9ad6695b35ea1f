"""Filters of scikit-image and SciPy."""
import numpy as np
from scipy import ndimage
from skimage import feature, filters, morphology
from skimage.feature import blob


def gaussian(arrays, p):
    return [filters.gaussian(arrays[0].astype(np.float64), p["sigma"], mode=p["border"], preserve_range=True)], None


def laplacian(arrays, p):
    return [ndimage.gaussian_laplace(arrays[0].astype(np.float64), p["sigma"], mode=p["border"])], None


def difference(arrays, p):
    return [filters.difference_of_gaussians(arrays[0].astype(np.float64), p["low"], p["high"], mode=p["border"])], None


def median(arrays, p):
    footprint = morphology.disk(p["radius"]) if p["shape"] == "disk" else morphology.square(2 * p["radius"] + 1)
    return [filters.median(arrays[0], footprint, mode=p["border"])], None


def peaks(arrays, p):
    """All peaks: at an overlap of 1 nothing is dropped."""
    found = feature.blob_log(
        arrays[0], min_sigma=1, max_sigma=p["max_sigma"], num_sigma=p["scales"], threshold=p["threshold"], overlap=1
    )
    return [], found.tolist()


def blobs(arrays, p):
    found = feature.blob_log(
        arrays[0],
        min_sigma=1,
        max_sigma=p["max_sigma"],
        num_sigma=p["scales"],
        threshold=p["threshold"],
        overlap=p["overlap"],
    )
    return [], found.tolist()


def overlap(_arrays, p):
    return [], [float(blob._blob_overlap(np.array(a), np.array(b))) for a, b in p["pairs"]]


operations = {
    "gaussian": gaussian,
    "laplacian": laplacian,
    "difference": difference,
    "median": median,
    "peaks": peaks,
    "blobs": blobs,
    "overlap": overlap,
}
