"""Skeletons in scikit-image, and their length, pieces and holes in NumPy and SciPy."""
import math

import numpy as np
from scipy import ndimage
from skimage.morphology import skeletonize, skeletonize_3d


def places(skeleton):
    index = np.flatnonzero(skeleton)
    return [len(index), index.sum()]


def skeletonize_skimage(arrays, parameters):
    mask = arrays[0] != 0
    return lambda: skeletonize(mask, method=parameters["method"]), places


def skeletonize_3d_skimage(arrays, _parameters):
    mask = arrays[0] != 0
    return lambda: skeletonize_3d(mask), places


def length_and_holes_scipy(arrays, _parameters):
    """Straight steps, diagonal ones where no corner is, less one side of each square of four; not the branches."""
    image = arrays[0]

    def work():
        m = image != 0
        straight = np.count_nonzero(m[:, 1:] & m[:, :-1]) + np.count_nonzero(m[1:] & m[:-1])
        a, b, c, d = m[:-1, :-1], m[:-1, 1:], m[1:, :-1], m[1:, 1:]
        diagonal = np.count_nonzero(a & d & ~b & ~c) + np.count_nonzero(b & c & ~a & ~d)
        squares = np.count_nonzero(a & b & c & d)
        pieces = ndimage.label(m, np.ones((3, 3)))[1]
        holes = ndimage.label(~np.pad(m, 1))[1] - 1
        return straight - squares + diagonal * math.sqrt(2), pieces, holes

    return work, list


operations = {
    operation.__name__: operation for operation in (skeletonize_skimage, skeletonize_3d_skimage, length_and_holes_scipy)
}
