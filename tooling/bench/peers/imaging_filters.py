"""Filters in scikit-image, SciPy, NumPy and OpenCV."""
import numpy as np
from scipy import ndimage
from skimage import feature, filters, morphology

try:
    import cv2
except ImportError:
    cv2 = None


def total(result):
    return [result.sum(dtype=np.float64)]


def sizes(result):
    return [np.abs(result).sum(dtype=np.float64)]


def gaussian_skimage(arrays, parameters):
    image, sigma = arrays[0], parameters["sigma"]

    def work():
        return filters.gaussian(image, sigma, mode="reflect", preserve_range=True).astype(image.dtype)

    return work, total


def gaussian_cv2(arrays, parameters):
    image, sigma = arrays[0], parameters["sigma"]
    side = 2 * int(4 * sigma + 0.5) + 1
    return lambda: cv2.GaussianBlur(image, (side, side), sigma, borderType=cv2.BORDER_REFLECT), total


def laplacian_scipy(arrays, parameters):
    image = arrays[0]
    return lambda: ndimage.gaussian_laplace(image.astype(np.float32), parameters["sigma"]), sizes


def difference_skimage(arrays, parameters):
    image, low, high = arrays[0], parameters["low"], parameters["high"]
    return lambda: filters.difference_of_gaussians(image.astype(np.float32), low, high, mode="reflect"), sizes


def difference_cv2(arrays, parameters):
    image = arrays[0]

    def one(floats, sigma):
        side = 2 * int(4 * sigma + 0.5) + 1
        return cv2.GaussianBlur(floats, (side, side), sigma, borderType=cv2.BORDER_REFLECT)

    def work():
        floats = image.astype(np.float32)
        return one(floats, parameters["low"]) - one(floats, parameters["high"])

    return work, sizes


def median_skimage(arrays, parameters):
    image, radius = arrays[0], parameters["radius"]
    footprint = morphology.disk(radius) if parameters["shape"] == "disk" else morphology.square(2 * radius + 1)
    return lambda: filters.median(image, footprint), total


def median_cv2(arrays, parameters):
    image, side = arrays[0], 2 * parameters["radius"] + 1
    return lambda: cv2.medianBlur(image, side), total


def blob_log_skimage(arrays, parameters):
    image = arrays[0]

    def work():
        return feature.blob_log(image, 1, 10, 10, threshold=parameters["threshold"], overlap=1)

    return work, lambda r: [len(r), r[:, :2].sum()]


def flat_field_numpy(arrays, _parameters):
    image, flat, dark = arrays

    def work():
        corrected = (image.astype(np.float32) - dark) / (flat / flat.mean(dtype=np.float64)).astype(np.float32)
        return np.clip(np.rint(corrected), 0, 65535).astype(np.uint16)

    return work, total


def low_rank_numpy(arrays, _parameters):
    """OpenHCS's steps: a decomposition in single precision, one round for fields of more than 100 counts."""
    stack = arrays[0]

    def work():
        pixels = stack.reshape(len(stack), -1).astype(np.float32)
        left, values, right = np.linalg.svd(pixels, full_matrices=False)
        values[3:] = 0
        light = (left * values) @ right * np.float32(0.9)
        even = pixels / (light + np.float32(1e-6)) * light.mean()
        return np.clip(even, 0, 65535).astype(np.uint16)

    return work, total


operations = {
    operation.__name__: operation
    for operation in (
        gaussian_skimage,
        gaussian_cv2,
        laplacian_scipy,
        difference_skimage,
        difference_cv2,
        median_skimage,
        median_cv2,
        blob_log_skimage,
        flat_field_numpy,
        low_rank_numpy,
    )
}
