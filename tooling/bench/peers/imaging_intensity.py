"""Grey values in NumPy, SciPy, scikit-image and OpenCV."""
import numpy as np
from scipy import ndimage as ndi
from skimage import exposure, filters, measure

try:
    import cv2
except ImportError:
    cv2 = None


def sums(result):
    flat = result.ravel().astype(np.float64)
    return [flat.sum(), (flat * (np.arange(flat.size) % 97)).sum()]


def picture(function):
    """An operation that gives a picture."""
    return lambda arrays, parameters: (lambda: function(arrays[0]), sums)


def masked(function):
    """One that gives grey values and a picture."""
    return lambda arrays, parameters: (
        lambda: function(arrays[0]),
        lambda result: [*np.atleast_1d(result[0]).astype(float).tolist(), *sums(result[1])],
    )


def table(function):
    """One that gives numbers."""
    return lambda arrays, parameters: (lambda: function(arrays[0]), lambda result: [float(value) for value in result])


def normalize(image):
    low, high = np.percentile(image, (1, 99))
    return exposure.rescale_intensity(image, in_range=(low, high), out_range=(0, 65535)).astype(image.dtype)


def normalize_cv2(image):
    counts = np.cumsum(cv2.calcHist([image], [0], None, [65536], [0, 65536]).ravel())
    low, high = np.searchsorted(counts, [image.size * 0.01, image.size * 0.99])
    mapped = ((np.clip(np.arange(65536), low, high) - low) * 65535 / (high - low)).astype(np.uint16)
    return np.take(mapped, image)


weights = np.array([2, 1, 1, 3], dtype=np.float32) / 7


def composite(stack):
    result = np.zeros(stack.shape[1:], dtype=np.float32)
    for weight, channel in zip(weights, stack):
        result += weight * channel
    return np.round(result).astype(stack.dtype)


def composite_cv2(stack):
    first = cv2.addWeighted(stack[0], weights[0], stack[1], weights[1], 0, dtype=cv2.CV_32F)
    second = cv2.addWeighted(stack[2], weights[2], stack[3], weights[3], 0, dtype=cv2.CV_32F)
    return cv2.add(first, second, dtype=cv2.CV_16U)


def maximum_cv2(stack):
    result = stack[0]
    for other in stack[1:]:
        result = cv2.max(result, other)
    return result


def mean_cv2(stack):
    result = stack[0].astype(np.float32)
    for other in stack[1:]:
        cv2.accumulate(other, result)
    return cv2.multiply(result, 1 / len(stack), dtype=cv2.CV_16U)


def focus_plane(stack):
    return stack[np.argmax([ndi.laplace(plane.astype(np.float32), mode="reflect").var() for plane in stack])]


def focus_plane_cv2(stack):
    found = []
    for plane in stack:
        _, deviation = cv2.meanStdDev(cv2.Laplacian(plane, cv2.CV_32F, borderType=cv2.BORDER_REFLECT))
        found.append(deviation[0, 0])
    return stack[int(np.argmax(found))]


def focus_pixel(stack):
    energies = [
        ndi.uniform_filter(ndi.laplace(plane.astype(np.float64), mode="reflect") ** 2, 9, mode="constant")
        for plane in stack
    ]
    return np.take_along_axis(stack, np.argmax(energies, axis=0)[None], axis=0)[0]


def focus_pixel_cv2(stack):
    result, best = stack[0].copy(), None
    for plane in stack:
        curve = cv2.Laplacian(plane, cv2.CV_64F, borderType=cv2.BORDER_REFLECT)
        energy = cv2.boxFilter(cv2.multiply(curve, curve), -1, (9, 9), normalize=False, borderType=cv2.BORDER_CONSTANT)
        if best is None:
            best = energy
            continue
        better = cv2.compare(energy, best, cv2.CMP_GT)
        cv2.copyTo(plane, better, result)
        cv2.copyTo(energy, better, best)
    return result


def otsu(image):
    threshold = filters.threshold_otsu(image)
    return threshold, image > threshold


def otsu_cv2(image):
    return cv2.threshold(image, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)


def li(image):
    threshold = filters.threshold_li(image)
    return threshold, image > threshold


def triangle(image):
    threshold = filters.threshold_triangle(image)
    return threshold, image > threshold


def multi_otsu(image):
    thresholds = filters.threshold_multiotsu(image)
    return thresholds, np.digitize(image, thresholds, right=True)


def adaptive(method):
    return lambda image: image > filters.threshold_local(image, 51, method)


def adaptive_mean_cv2(image):
    return cv2.compare(image.astype(np.float32), cv2.boxFilter(image, cv2.CV_32F, (51, 51)), cv2.CMP_GT)


def adaptive_gaussian_cv2(image):
    floats = image.astype(np.float32)
    return cv2.compare(floats, cv2.GaussianBlur(floats, (67, 67), 50 / 6), cv2.CMP_GT)


def focus(image):
    floats = image.astype(np.float64)
    laplacian = ndi.laplace(floats, mode="reflect")
    gradient = ndi.sobel(floats, 0, mode="reflect") ** 2 + ndi.sobel(floats, 1, mode="reflect") ** 2
    brenner = (floats[:, 2:] - floats[:, :-2]) ** 2
    return laplacian.var(), gradient.mean(), brenner.mean(), floats.var() / floats.mean()


def focus_cv2(image):
    _, laplacian = cv2.meanStdDev(cv2.Laplacian(image, cv2.CV_64F, borderType=cv2.BORDER_REFLECT))
    along = cv2.norm(cv2.Sobel(image, cv2.CV_64F, 1, 0, borderType=cv2.BORDER_REFLECT), cv2.NORM_L2SQR)
    across = cv2.norm(cv2.Sobel(image, cv2.CV_64F, 0, 1, borderType=cv2.BORDER_REFLECT), cv2.NORM_L2SQR)
    brenner = cv2.norm(image[:, 2:], image[:, :-2], cv2.NORM_L2SQR)
    mean, deviation = cv2.meanStdDev(image)
    size = image.size
    return (
        laplacian[0, 0] ** 2,
        (along + across) / size,
        brenner / (size - 2 * image.shape[0]),
        deviation[0, 0] ** 2 / mean[0, 0],
    )


operations = {
    "percentile_normalize": picture(normalize),
    "percentile_normalize_cv2": picture(normalize_cv2),
    "composite": picture(composite),
    "composite_cv2": picture(composite_cv2),
    "maximum_projection": picture(lambda stack: stack.max(axis=0)),
    "maximum_projection_cv2": picture(maximum_cv2),
    "mean_projection": picture(lambda stack: stack.mean(axis=0).astype(stack.dtype)),
    "mean_projection_cv2": picture(mean_cv2),
    "best_focus_plane": picture(focus_plane),
    "best_focus_plane_cv2": picture(focus_plane_cv2),
    "best_focus_pixel": picture(focus_pixel),
    "best_focus_pixel_cv2": picture(focus_pixel_cv2),
    "binning_mean_2": picture(lambda image: measure.block_reduce(image, 2, np.mean).astype(image.dtype)),
    "binning_mean_2_cv2": picture(
        lambda image: cv2.resize(image, (image.shape[1] // 2, image.shape[0] // 2), interpolation=cv2.INTER_AREA)
    ),
    "binning_maximum_4": picture(lambda image: measure.block_reduce(image, 4, np.max)),
    "crop": picture(lambda image: image[: image.shape[0] // 2, 500 : 500 + image.shape[1] // 2].copy()),
    "clahe": picture(lambda image: np.round(exposure.equalize_adapthist(image) * 65535).astype(np.uint16)),
    "clahe_cv2": picture(lambda image: cv2.createCLAHE(2.0, (8, 8)).apply(image)),
    "threshold_otsu": masked(otsu),
    "threshold_otsu_cv2": masked(otsu_cv2),
    "threshold_li": masked(li),
    "threshold_triangle": masked(triangle),
    "threshold_multi_otsu": masked(multi_otsu),
    "threshold_manual": picture(lambda image: image > 1200),
    "threshold_manual_cv2": picture(lambda image: cv2.compare(image, 1200, cv2.CMP_GT)),
    "threshold_adaptive_mean": picture(adaptive("mean")),
    "threshold_adaptive_mean_cv2": picture(adaptive_mean_cv2),
    "threshold_adaptive_gaussian": picture(adaptive("gaussian")),
    "threshold_adaptive_gaussian_cv2": picture(adaptive_gaussian_cv2),
    "focus_measures": table(focus),
    "focus_measures_cv2": table(focus_cv2),
    "saturation_measures": table(lambda image: ((image >= 4095).sum(), (image <= 300).sum())),
    "saturation_measures_cv2": table(
        lambda image: (
            cv2.countNonZero(cv2.inRange(image, 4095, 65535)),
            cv2.countNonZero(cv2.inRange(image, 0, 300)),
        )
    ),
}
