"""Registration and assembly in scikit-image, SciPy and OpenCV."""
import itertools

import numpy as np
from scipy import ndimage
from skimage.registration import phase_cross_correlation

try:
    import cv2
except ImportError:
    cv2 = None


def rounded(result):
    shift = result[0]
    return [int(round(float(shift[0]))), int(round(float(shift[1])))]


def phase_correlation(arrays, parameters):
    a, b = arrays
    factor = parameters["upsampleFactor"]
    return lambda: phase_cross_correlation(a, b, upsample_factor=factor), rounded


def phase_correlate(arrays, _parameters):
    a, b = (array.astype(np.float64) for array in arrays)
    return lambda: cv2.phaseCorrelate(b, a), lambda result: [round(result[0][1]), round(result[0][0])]


KERNEL = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], np.float32)


def whitened(image):
    scaled = image.astype(np.float32) / np.float32(65535)
    window = np.outer(
        np.hanning(image.shape[0]).astype(np.float32), np.hanning(image.shape[1]).astype(np.float32)
    )
    return ndimage.convolve(scaled, KERNEL) * window


def register_strip(a, b, factor):
    """As ASHLAR's `register`: whitening, shift, and of the four quadrants the one with the largest direct product."""
    a, b = whitened(a), whitened(b)
    shift = phase_cross_correlation(a, b, upsample_factor=factor, normalization=None)[0]
    shape = np.array(a.shape)
    positive = (shift + shape) % shape
    candidates = list(itertools.product(*zip(positive, positive - shape)))
    products = [abs(np.sum(a * ndimage.shift(b, one, order=0))) for one in candidates]
    best = int(np.argmax(products))
    total = np.linalg.norm(a) * np.linalg.norm(b)
    return candidates[best], -np.log(products[best] / total) if products[best] > 0 and total > 0 else np.inf


def strip(arrays, parameters):
    """The transforms alone, without the four products, so that both sides do the same."""
    a, b = arrays
    factor = parameters["upsampleFactor"]
    return (
        lambda: phase_cross_correlation(whitened(a), whitened(b), upsample_factor=factor, normalization=None),
        rounded,
    )


def ramps(length, margin, before, after):
    weights = np.ones(length, np.float32)
    ramp = np.arange(margin, dtype=np.float32) / margin
    if before:
        weights[:margin] *= ramp
    if after:
        weights[length - margin :] *= 1 - ramp
    return weights


def canvas_of(positions, size):
    corners = np.ceil(positions - 0.5).astype(int)
    corners_from = corners - corners.min(axis=0)
    width, height = corners_from.max(axis=0) + size
    return corners, corners_from, int(width), int(height)


def assembled(arrays, move):
    """As OpenHCS's `assemble_stack_cpu` with blending `fixed`, with the sub-pixel sign put right."""
    tiles, positions = arrays
    count, size, _ = tiles.shape
    side = int(round(count**0.5))

    def work():
        corners, places, width, height = canvas_of(positions, size)
        canvas = np.zeros((height, width), np.float32)
        weights = np.zeros((height, width), np.float32)
        for index in range(count):
            row, column = divmod(index, side)
            fraction = positions[index] - corners[index]
            moved = move(tiles[index].astype(np.float32), fraction)
            margin = int(size * 0.1)
            weight = np.outer(
                ramps(size, margin, row > 0, row < side - 1), ramps(size, margin, column > 0, column < side - 1)
            )
            x, y = places[index]
            canvas[y : y + size, x : x + size] += moved * weight
            weights[y : y + size, x : x + size] += weight
        return np.clip(canvas / (weights + 1e-7), 0, 65535).astype(np.uint16)

    return work, lambda result: [result.shape[1], result.shape[0], int(result.sum(dtype=np.int64))]


def assemble(arrays, _parameters):
    return assembled(arrays, lambda tile, part: ndimage.shift(tile, (part[1], part[0]), order=1, mode="nearest"))


def assemble_opencv(arrays, _parameters):
    def move(tile, part):
        matrix = np.array([[1, 0, part[0]], [0, 1, part[1]]], np.float32)
        return cv2.warpAffine(tile, matrix, tile.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    return assembled(arrays, move)


def register(arrays, parameters):
    """The comparisons of ASHLAR on a 3 x 3 grid: strips apart for the threshold, each edge on windows of 108 and 216."""
    tiles = arrays[0]
    size = tiles.shape[1]
    side = 3

    def work():
        random = np.random.RandomState(0)
        errors = []
        while len(errors) < parameters["permutationSamples"]:
            a, b = random.randint(len(tiles), size=2)
            first, second = random.randint(size - 108, size=2)
            if a == b and abs(first - second) <= 108:
                continue
            errors.append(register_strip(tiles[a][first : first + 108], tiles[b][second : second + 108], 1)[1])
        limit = np.percentile(errors, 1)
        good = 0
        for index in range(len(tiles)):
            row, column = divmod(index, side)
            best = []
            if column < side - 1:
                best.append(
                    min(
                        register_strip(tiles[index][:, size - window :], tiles[index + 1][:, :window], 50)[1]
                        for window in (108, 216)
                    )
                )
            if row < side - 1:
                best.append(
                    min(
                        register_strip(tiles[index][size - window :], tiles[index + side][:window], 50)[1]
                        for window in (108, 216)
                    )
                )
            good += sum(error <= limit for error in best)
        return good

    return work, lambda result: [int(result)]


operations = {
    "phase_correlation": phase_correlation,
    "strip": strip,
    "assemble": assemble,
    "register": register,
}
if cv2 is not None:
    operations["phase_correlate"] = phase_correlate
    operations["assemble_opencv"] = assemble_opencv
