"""The predecessor's work per unit: submit to a ThreadPoolExecutor, collect as completed, keep a dict of results.

Arguments: how many units, and `memory` or `checkpoint`. The latter also writes one JSON checkpoint file per unit, with a
rename, as the predecessor's durable variant does. Talks to the harness by lines: a turn in, the time and the answer out.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

UNITS = int(sys.argv[1])
CHECKPOINT = sys.argv[2] == "checkpoint"
WORKERS = 8


def work(unit, folder):
    result = {"status": "SUCCESS", "data": unit * 2, "error": None}
    if folder is not None:
        path = os.path.join(folder, f"{unit}.json")
        with open(path + ".tmp", "w") as file:
            json.dump({"unit": unit, "result": result}, file)
        os.replace(path + ".tmp", path)
    return result


def run(folder):
    results = {}
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        futures = {pool.submit(work, unit, folder): unit for unit in range(UNITS)}
        for future in as_completed(futures):
            results[futures[future]] = future.result()
    return sum(result["data"] for result in results.values())


print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    json.loads(line)
    folder = tempfile.mkdtemp() if CHECKPOINT else None
    start = time.perf_counter()
    total = run(folder)
    elapsed = (time.perf_counter() - start) * 1000
    if folder is not None:
        shutil.rmtree(folder)
    print(json.dumps({"elapsedMs": elapsed, "result": total}), flush=True)
