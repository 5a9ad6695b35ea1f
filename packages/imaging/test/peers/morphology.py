"""Morphology of scikit-image and SciPy, with exact disks."""
import math

import numpy as np
import scipy.ndimage._filters as filters
from skimage.morphology import black_tophat, closing, dilation, disk, erosion, opening, white_tophat
from skimage.morphology import binary_closing, binary_dilation, binary_erosion, binary_opening
from skimage.restoration import rolling_ball
from skimage.transform import resize


def grey(function):
    # Adding nothing makes a negative zero a zero, as our kernels write it.
    return lambda arrays, parameters: ([function(arrays[0], disk(parameters["radiusPx"])) + arrays[0].dtype.type(0)], None)


def binary(function):
    def run(arrays, parameters):
        return [function(arrays[0].astype(bool), disk(parameters["radiusPx"])).astype(np.uint8)], None

    return run


def downsampled(arrays, parameters):
    image, factor = arrays[0], parameters["factor"]
    shape = tuple(max(1, side // factor) for side in image.shape)
    small = resize(image, shape, anti_aliasing=True, preserve_range=True)
    background = opening(small, disk(parameters["radiusPx"] // factor))
    large = resize(background, image.shape, order=0, anti_aliasing=False, preserve_range=True)
    return [np.maximum(image - large, 0).astype(image.dtype)], None


def kernel_of_the_c_library(sigma, _order, radius):
    """SciPy's Gaussian with the C library's exponential: NumPy's own differs in the last bit, by processor."""
    places = -0.5 / (sigma * sigma) * np.arange(-radius, radius + 1) ** 2
    values = np.array([math.exp(place) for place in places])
    return values / values.sum()


def downsampled_exactly(arrays, parameters):
    kernel = filters._gaussian_kernel1d
    filters._gaussian_kernel1d = kernel_of_the_c_library
    try:
        return downsampled(arrays, parameters)
    finally:
        filters._gaussian_kernel1d = kernel


def ball(arrays, parameters):
    background = rolling_ball(arrays[0], radius=parameters["radiusPx"], num_threads=1)
    return [background, arrays[0] - background], None


operations = {
    "erosion": grey(erosion),
    "dilation": grey(dilation),
    "opening": grey(opening),
    "closing": grey(closing),
    "white_top_hat": grey(white_tophat),
    "black_top_hat": grey(black_tophat),
    "binary_erosion": binary(binary_erosion),
    "binary_dilation": binary(binary_dilation),
    "binary_opening": binary(binary_opening),
    "binary_closing": binary(binary_closing),
    "white_top_hat_downsampled": downsampled,
    "white_top_hat_downsampled_exactly": downsampled_exactly,
    "rolling_ball": ball,
}
