"""Intensity operations of NumPy, SciPy and scikit-image (0.19.3)."""
import numpy as np
from scipy import ndimage as ndi
from skimage import exposure, filters, measure


def maximum_projection(arrays, _parameters):
    return [arrays[0].max(axis=0)], None


def mean_projection(arrays, _parameters):
    stack = arrays[0]
    return [stack.mean(axis=0, dtype=np.float64).astype(stack.dtype)], None


def percentile_normalize(arrays, parameters):
    stack = arrays[0]
    pixels = stack.astype(np.float64)
    low = np.percentile(pixels, parameters["low"])
    high = np.percentile(pixels, parameters["high"])
    least, largest = parameters["least"], parameters["largest"]
    if high == low:
        return [np.full_like(stack, least)], [low, high]
    result = (np.clip(pixels, low, high) - low) * (largest - least) / (high - low) + least
    return [result.astype(stack.dtype)], [low, high]


def composite(arrays, parameters):
    stack = arrays[0]
    weights = np.array(parameters["weights"], dtype=np.float64)
    weights = weights / weights.sum()
    # Whole types as the plate software before this one: in 32 bits.
    inner = np.float32 if stack.dtype.kind == "u" else np.float64
    result = np.zeros(stack.shape[1:], dtype=inner)
    for weight, channel in zip(weights.astype(inner), stack):
        result += weight * channel.astype(inner)
    if stack.dtype.kind == "u":
        result = np.round(result)
    return [result.astype(stack.dtype)], None


def binning(arrays, parameters):
    image = arrays[0]
    factor, method = parameters["factor"], parameters["method"]
    height, width = [side // factor * factor for side in image.shape]
    function = {"mean": np.mean, "sum": np.sum, "maximum": np.max}[method]
    result = measure.block_reduce(image[:height, :width].astype(np.float64), factor, function)
    if image.dtype.kind == "u":
        result = np.minimum(result, np.iinfo(image.dtype).max)
    return [result.astype(image.dtype)], None


def clahe(arrays, parameters):
    image = arrays[0]
    result = exposure.equalize_adapthist(
        image, kernel_size=parameters["kernel"], clip_limit=parameters["clip"], nbins=parameters["bins"]
    )
    if image.dtype.kind == "u":
        result = np.round(result * np.iinfo(image.dtype).max)
    return [result.astype(image.dtype)], None


def otsu(arrays, _parameters):
    return [], float(filters.threshold_otsu(arrays[0]))


def li(arrays, _parameters):
    return [], float(filters.threshold_li(arrays[0]))


def triangle(arrays, _parameters):
    return [], float(filters.threshold_triangle(arrays[0]))


def multi_otsu(arrays, parameters):
    return [], [float(value) for value in filters.threshold_multiotsu(arrays[0], classes=parameters["classes"])]


def adaptive(arrays, parameters):
    image = arrays[0]
    local = filters.threshold_local(
        image, block_size=parameters["block"], method=parameters["method"], offset=parameters["offset"]
    )
    return [(image > local).astype(np.uint8), local.astype(np.float64)], None


def focus(arrays, _parameters):
    rows = []
    for plane in arrays[0].astype(np.float64):
        laplacian = ndi.laplace(plane, mode="reflect")
        gradient = ndi.sobel(plane, axis=0, mode="reflect") ** 2 + ndi.sobel(plane, axis=1, mode="reflect") ** 2
        brenner = (plane[:, 2:] - plane[:, :-2]) ** 2
        mean = plane.mean()
        rows.append(
            [
                float(laplacian.var()),
                float(gradient.mean()),
                float(brenner.mean()) if brenner.size else 0.0,
                float(plane.var() / mean) if mean > 0 else 0.0,
            ]
        )
    return [], rows


def sharpest(arrays, parameters):
    stack = arrays[0].astype(np.float64)
    window = np.ones((parameters["window"], parameters["window"]))
    energy = np.stack([ndi.convolve(ndi.laplace(plane, mode="reflect") ** 2, window, mode="constant") for plane in stack])
    chosen = energy.argmax(axis=0)
    return [np.take_along_axis(arrays[0], chosen[None], axis=0)[0]], None


def saturation(arrays, parameters):
    return [], [[int((p >= parameters["top"]).sum()), int((p <= parameters["bottom"]).sum())] for p in arrays[0]]


operations = {
    "maximum_projection": maximum_projection,
    "mean_projection": mean_projection,
    "percentile_normalize": percentile_normalize,
    "composite": composite,
    "binning": binning,
    "clahe": clahe,
    "otsu": otsu,
    "li": li,
    "triangle": triangle,
    "multi_otsu": multi_otsu,
    "adaptive": adaptive,
    "focus": focus,
    "sharpest": sharpest,
    "saturation": saturation,
}
