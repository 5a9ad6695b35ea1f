"""One operation of scikit-image or OpenCV on given pixels, timed by its own clock, one thread.

Run with: python3 imaging.py SCRIPT OPERATION FOLDER. FOLDER holds input0.npy, input1.npy, ... and parameters.json;
SCRIPT, such as imaging_objects.py, lies beside this file and has `operations`: by name, a function of arrays and parameters that gives the work (a
function without arguments) and its checksum (a function of the work's result that gives a list of numbers).
"""
import importlib
import json
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

try:
    import cv2

    cv2.setNumThreads(1)
except ImportError:
    pass

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
script, operation, folder = sys.argv[1:4]
names = sorted((name for name in os.listdir(folder) if name.endswith(".npy")), key=lambda name: int(name[5:-4]))
arrays = [np.load(os.path.join(folder, name)) for name in names]
with open(os.path.join(folder, "parameters.json"), encoding="utf-8") as file:
    parameters = json.load(file)
work, checksum = importlib.import_module(script.removesuffix(".py")).operations[operation](arrays, parameters)
print(json.dumps({"ready": True}), flush=True)
# A turn calls as often as fits in so long, at least once, and gives the least: the first call after the other program's
# turn finds its pixels gone from the caches. Ours does the same.
turn_seconds = 0.03
for line in sys.stdin:
    elapsed = float("inf")
    begun = time.perf_counter()
    while True:
        start = time.perf_counter()
        result = work()
        end = time.perf_counter()
        elapsed = min(elapsed, end - start)
        if end - begun >= turn_seconds:
            break
    print(json.dumps({"elapsedMs": elapsed * 1000, "result": [float(x) for x in checksum(result)]}), flush=True)
