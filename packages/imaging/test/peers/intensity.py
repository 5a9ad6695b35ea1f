"""Intensity operations of NumPy and scikit-image."""


def maximum_projection(arrays, _parameters):
    return [arrays[0].max(axis=0)], None


operations = {"maximum_projection": maximum_projection}
