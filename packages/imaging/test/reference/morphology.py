"""Writes fixtures/morphology/*.npy with scikit-image 0.19.3, SciPy 1.10.1 and NumPy 1.24.2 (Debian 12).

Run in this folder: python3 morphology.py. The picture is written too, so that no generator of random numbers need be
had. Gaussian weights come from the C library's exponential: NumPy's own differs in the last bit between processors.
"""
import math
import os

import numpy as np
import scipy.ndimage._filters as filters
from skimage.morphology import black_tophat, closing, dilation, disk, erosion, opening, white_tophat
from skimage.morphology import binary_closing, binary_dilation, binary_erosion, binary_opening
from skimage.restoration import rolling_ball
from skimage.transform import resize

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures", "morphology")


def kernel(sigma, _order, radius):
    places = -0.5 / (sigma * sigma) * np.arange(-radius, radius + 1) ** 2
    values = np.array([math.exp(place) for place in places])
    return values / values.sum()


filters._gaussian_kernel1d = kernel

height, width = 43, 57
rng = np.random.default_rng(20)
rows, columns = np.mgrid[0:height, 0:width]
picture = 900 + 9 * columns + 4 * rows + rng.integers(0, 120, (height, width))
for _ in range(14):
    y, x, radius = rng.integers(0, height), rng.integers(0, width), rng.integers(1, 7)
    picture[(rows - y) ** 2 + (columns - x) ** 2 <= radius**2] += rng.integers(300, 2500)
picture = picture.astype(np.uint16)
single = (picture / 4096).astype(np.float32)
mask = (picture > 1700).astype(np.uint8)


def downsampled(image, radius, factor):
    shape = tuple(side // factor for side in image.shape)
    small = resize(image, shape, anti_aliasing=True, preserve_range=True)
    large = resize(opening(small, disk(radius // factor)), image.shape, order=0, anti_aliasing=False, preserve_range=True)
    return np.maximum(image - large, 0).astype(image.dtype)


results = {
    "picture": picture,
    "single": single,
    "mask": mask,
    "erosion_3": erosion(picture, disk(3)),
    "dilation_4": dilation(picture, disk(4)),
    "opening_5": opening(picture, disk(5)),
    "closing_2": closing(picture, disk(2)),
    "white_7": white_tophat(picture, disk(7)),
    "black_6": black_tophat(picture, disk(6)),
    "single_opening_9": opening(single, disk(9)),
    "single_white_1": white_tophat(single, disk(1)),
    "downsampled_12_4": downsampled(picture, 12, 4),
    "single_downsampled_9_3": downsampled(single, 9, 3),
    "ball_10": rolling_ball(picture, radius=10),
    "single_ball_25": rolling_ball(single, radius=25),
    "binary_erosion_2": binary_erosion(mask.astype(bool), disk(2)).astype(np.uint8),
    "binary_dilation_3": binary_dilation(mask.astype(bool), disk(3)).astype(np.uint8),
    "binary_opening_3": binary_opening(mask.astype(bool), disk(3)).astype(np.uint8),
    "binary_closing_4": binary_closing(mask.astype(bool), disk(4)).astype(np.uint8),
}
os.makedirs(folder, exist_ok=True)
for name, array in results.items():
    np.save(os.path.join(folder, f"{name}.npy"), np.ascontiguousarray(array))
