"""Answers requests of the peer tests with scikit-image, SciPy and NumPy as they are installed.

Run with: python3 serve.py FAMILY. A request and an answer are each a length (4 bytes, little-endian), a JSON header, and
the bytes of the arrays that the header names. FAMILY is a file beside this one with `operations`: by name, a function of
a list of arrays and a dictionary of parameters that gives a list of arrays and a JSON value.
"""
import importlib
import json
import os
import struct
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
family = importlib.import_module(sys.argv[1])
source = sys.stdin.buffer
target = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
# Nothing that a library prints may get between the answers.
os.dup2(2, 1)


def read(count):
    data = source.read(count)
    if len(data) < count:
        sys.exit(0)
    return data


while True:
    (length,) = struct.unpack("<I", read(4))
    request = json.loads(read(length))
    arrays = []
    for spec in request["arrays"]:
        dtype = np.dtype(spec["dtype"])
        count = int(np.prod(spec["shape"]))
        arrays.append(np.frombuffer(read(count * dtype.itemsize), dtype).reshape(spec["shape"]))
    try:
        results, value = family.operations[request["operation"]](arrays, request["parameters"])
        results = [np.ascontiguousarray(result) for result in results]
        header = {"value": value, "arrays": [{"dtype": str(a.dtype), "shape": list(a.shape)} for a in results]}
    except Exception as error:  # the test says what went wrong
        results, header = [], {"error": f"{type(error).__name__}: {error}", "arrays": []}
    text = json.dumps(header).encode()
    target.write(struct.pack("<I", len(text)) + text)
    for result in results:
        target.write(result.tobytes())
    target.flush()
