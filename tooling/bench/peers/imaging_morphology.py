"""Morphology in scikit-image and OpenCV, with exact disks."""
import numpy as np
from skimage.morphology import binary_opening, black_tophat, closing, dilation, disk, erosion, opening, white_tophat
from skimage.restoration import rolling_ball
from skimage.transform import resize

try:
    import cv2
except ImportError:
    cv2 = None


def sums(result):
    result = result.astype(np.float64)
    return [result.sum(), (result.sum(axis=0) * (np.arange(result.shape[1]) % 97)).sum()]


def skimage(function):
    def prepare(arrays, parameters):
        footprint = disk(parameters["radiusPx"])
        return lambda: function(arrays[0], footprint), sums

    return prepare


def opencv(operation):
    def prepare(arrays, parameters):
        footprint = disk(parameters["radiusPx"])
        return lambda: cv2.morphologyEx(arrays[0], getattr(cv2, operation), footprint), sums

    return prepare


def binary(function):
    def prepare(arrays, parameters):
        footprint = disk(parameters["radiusPx"])
        mask = arrays[0].astype(bool)
        return lambda: function(mask, footprint), sums

    return prepare


def downsampled(arrays, parameters):
    image, factor = arrays[0], parameters["factor"]
    footprint = disk(parameters["radiusPx"] // factor)
    shape = tuple(side // factor for side in image.shape)

    def work():
        small = resize(image, shape, anti_aliasing=True, preserve_range=True)
        background = opening(small, footprint)
        large = resize(background, image.shape, order=0, anti_aliasing=False, preserve_range=True)
        return np.maximum(image - large, 0).astype(image.dtype)

    return work, sums


def downsampled_cv2(arrays, parameters):
    image, factor = arrays[0], parameters["factor"]
    footprint = disk(parameters["radiusPx"] // factor)
    sigma = (factor - 1) / 2
    height, width = image.shape

    def work():
        blurred = cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
        small = cv2.resize(blurred, (width // factor, height // factor), interpolation=cv2.INTER_LINEAR)
        background = cv2.morphologyEx(small, cv2.MORPH_OPEN, footprint)
        return cv2.subtract(image, cv2.resize(background, (width, height), interpolation=cv2.INTER_NEAREST))

    return work, sums


def ball(arrays, parameters):
    return lambda: rolling_ball(arrays[0], radius=parameters["radiusPx"], num_threads=1), sums


operations = {
    "white_top_hat": skimage(white_tophat),
    "black_top_hat": skimage(black_tophat),
    "erosion": skimage(erosion),
    "dilation": skimage(dilation),
    "opening": skimage(opening),
    "closing": skimage(closing),
    "binary_opening": binary(binary_opening),
    "white_top_hat_cv2": opencv("MORPH_TOPHAT"),
    "black_top_hat_cv2": opencv("MORPH_BLACKHAT"),
    "erosion_cv2": opencv("MORPH_ERODE"),
    "dilation_cv2": opencv("MORPH_DILATE"),
    "opening_cv2": opencv("MORPH_OPEN"),
    "closing_cv2": opencv("MORPH_CLOSE"),
    "white_top_hat_downsampled": downsampled,
    "white_top_hat_downsampled_cv2": downsampled_cv2,
    "rolling_ball": ball,
}
