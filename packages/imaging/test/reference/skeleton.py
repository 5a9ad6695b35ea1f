"""Writes the skeletons that the tests of every platform compare with, made by scikit-image.

Run with Debian 12's python3-skimage (scikit-image 0.19.3, SciPy 1.10.1, NumPy 1.24.2): python3 skeleton.py
The masks are seeded: thick wavy lines, rings and specks; the volume has tubes across planes and hollow balls.
The table is scikit-image's (BSD-3-Clause).
"""
import os
import re

import numpy as np
import scipy
import skimage
from skimage.morphology import skeletonize, skeletonize_3d

assert (skimage.__version__, scipy.__version__) == ("0.19.3", "1.10.1")
here = os.path.dirname(os.path.abspath(__file__))
out = os.path.join(here, "..", "fixtures", "skeleton")
os.makedirs(out, exist_ok=True)


def save(name, array):
    np.save(os.path.join(out, name + ".npy"), np.ascontiguousarray(array.astype(np.uint8)))


random = np.random.RandomState(7)
y, x = np.mgrid[0:90, 0:150]
mask = np.zeros((90, 150), bool)
for _ in range(9):
    a, b, c, d, w = random.uniform([0, 0.02, 0, 3, 1], [90, 0.12, 6, 20, 4.5])
    mask |= np.abs(y - a - d * np.sin(b * x + c)) < w
for _ in range(6):
    a, b, r = random.uniform([0, 0, 4], [90, 150, 16])
    distance = np.hypot(y - a, x - b)
    mask |= (distance < r) & (distance > r - random.uniform(2, 14))
mask ^= random.uniform(size=mask.shape) < 0.01
save("mask", mask)
save("mask_zhang", skeletonize(mask))
save("mask_lee", skeletonize(mask, method="lee") != 0)

z, y, x = np.mgrid[0:14, 0:28, 0:37]
volume = np.zeros(z.shape, bool)
for _ in range(7):
    p, q, r, s, t, w = random.uniform([0, 0, 0, -1, -0.3, 1], [14, 28, 37, 1, 0.3, 2.6])
    volume |= np.hypot(y - q - s * (x - r), z - p - t * (x - r)) < w
for _ in range(3):
    p, q, r, w = random.uniform([0, 0, 0, 2], [14, 28, 37, 6])
    distance = np.sqrt((z - p) ** 2 + (y - q) ** 2 + (x - r) ** 2)
    volume |= (distance < w) & (distance > w - 2.5)
save("volume", volume)
save("volume_lee", skeletonize_3d(volume) != 0)

# The table itself, as Debian's package ships its source.
folder = os.path.dirname(skimage.morphology.__file__)
with open(os.path.join(folder, "_skeletonize_cy.pyx"), encoding="utf8") as source:
    table = re.search(r"cdef int \*lut = \\\s*\[([^\]]*)\]", source.read()).group(1)
save("zhang_table", np.array([int(entry) for entry in table.split(",")]))
