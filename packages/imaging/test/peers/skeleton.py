"""Skeletons of scikit-image."""
import numpy as np
from skimage.morphology import skeletonize, skeletonize_3d


def zhang(arrays, _parameters):
    return [skeletonize(arrays[0] != 0).astype(np.uint8)], None


def lee(arrays, _parameters):
    return [(skeletonize(arrays[0] != 0, method="lee") != 0).astype(np.uint8)], None


def lee_3d(arrays, _parameters):
    return [(skeletonize_3d(arrays[0] != 0) != 0).astype(np.uint8)], None


operations = {"zhang": zhang, "lee": lee, "lee_3d": lee_3d}
