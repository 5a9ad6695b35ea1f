"""Registration with scikit-image, whitening as ASHLAR does it, and assembly in NumPy and SciPy."""
import numpy as np
from scipy import ndimage
from skimage.registration import phase_cross_correlation


def prepared(image, parameters):
    image = image.astype(np.float64)
    if parameters["whitening"]:
        sigma = parameters["filterSigmaPx"]
        if sigma == 0:
            image = -ndimage.laplace(image)
        else:
            image = ndimage.gaussian_laplace(image, sigma)
    elif parameters["hannWindow"]:
        image = image - image.mean()
    if parameters["hannWindow"]:
        image = image * np.outer(np.hanning(image.shape[0]), np.hanning(image.shape[1]))
    return image


def phase_correlation(arrays, parameters):
    normalization = parameters["normalization"]
    shift, error, _ = phase_cross_correlation(
        prepared(arrays[0], parameters),
        prepared(arrays[1], parameters),
        upsample_factor=parameters["upsampleFactor"],
        normalization=None if normalization == "none" else normalization,
    )
    return [], [float(shift[0]), float(shift[1]), float(error)]


def ramp(length, before, after):
    weights = np.ones(length)
    if before > 0:
        weights[:before] *= np.arange(before) / before
    if after > 0:
        weights[length - after :] *= 1 - np.arange(after) / after
    return weights


def assemble_tiles(arrays, parameters):
    """Sums over the whole canvas; `ramps` are the lengths left, right, top, bottom of each tile."""
    tiles = arrays[0].astype(np.float64)
    count, height, width = tiles.shape
    xs, ys = np.array(parameters["xPx"]), np.array(parameters["yPx"])
    lefts, tops = np.ceil(xs - 0.5).astype(int), np.ceil(ys - 0.5).astype(int)
    shape = (tops.max() - tops.min() + height, lefts.max() - lefts.min() + width)
    weighted, weights, plain, cover = (np.zeros(shape) for _ in range(4))
    for index in range(count):
        left, top = lefts[index] - lefts.min(), tops[index] - tops.min()
        moved = ndimage.shift(
            tiles[index], (ys[index] - tops[index], xs[index] - lefts[index]), order=1, mode="nearest"
        )
        before, after, above, below = parameters["ramps"][index]
        weight = np.outer(ramp(height, above, below), ramp(width, before, after))
        place = np.s_[top : top + height, left : left + width]
        weighted[place] += weight * moved
        weights[place] += weight
        plain[place] += moved
        cover[place] += 1
    with np.errstate(all="ignore"):
        out = np.where(weights > 0, weighted / weights, plain / cover)
    out[cover == 0] = 0
    return [out, (cover > 0).astype(np.uint8)], None


operations = {"phase_correlation": phase_correlation, "assemble_tiles": assemble_tiles}
