"""What running a designed experiment asks of Python's standard library, done as the predecessor does it: records as data
classes that are turned into plain data, ids and seeds by SHA-256, a generator seeded for each run and put back, a
checkpoint file and a journal line for each run; at the end the tables as CSV and SQLite, the study and the manifest, and a
check that reads the files back.

Argument: how many runs. Talks to the harness by lines: a turn in, the time and the answer out. The answer is the sum of
the first draws of all runs, which both sides can only agree on with the same runs, seeds and generator.
"""

import csv
import dataclasses
import hashlib
import json
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from datetime import datetime, timezone

RUNS = int(sys.argv[1])
LEVELS = 10
REPLICATES = RUNS // (LEVELS * LEVELS)
STUDY = "bench"


@dataclasses.dataclass(slots=True)
class Spec:
    run_id: str
    study_id: str
    condition_id: str
    problem_id: str
    replicate: int
    seed: int
    agent_spec_ref: object = None
    problem_spec_ref: object = None
    execution_metadata: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(slots=True)
class Event:
    timestamp: str
    record_id: str
    text: str
    session_id: str
    actor_id: str
    event_type: str
    meta_json: dict
    level: str
    study_id: str
    run_id: str
    condition_id: str


@dataclasses.dataclass(slots=True)
class Outcome:
    run_id: str
    status: str
    outputs: dict
    metrics: dict
    evaluator_outputs: list
    cost: float
    latency: float
    trace_refs: list
    artifact_refs: list
    error_info: object
    provenance_info: dict
    observations: list
    run_spec: Spec
    started_at: str
    ended_at: str


def plain(value):
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return str(value)


def stable(value):
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def ident(prefix, payload):
    return f"{prefix}-{hashlib.sha256(stable(payload).encode()).hexdigest()[:12]}"


def derive_seed(condition, replicate):
    payload = {
        "base_seed": 0, "strategy": "condition_replicate", "per_run_offset": 9973, "study_id": STUDY,
        "condition_id": condition, "replicate": replicate, "salt": "None:None",
    }
    return int(hashlib.sha256(stable(payload).encode()).hexdigest()[:16], 16) % (2**31 - 1)


def now():
    return datetime.now(timezone.utc).replace(microsecond=0).isoformat()


def write_json(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(plain(value), file, indent=2, sort_keys=True)
        file.write("\n")


def cell(value):
    return "" if value is None else stable(value) if isinstance(value, (dict, list)) else value


def write_csv(path, columns, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=columns)
        writer.writeheader()
        for row in rows:
            writer.writerow({name: cell(row.get(name)) for name in columns})


RUN_COLUMNS = ["study_id", "condition_id", "run_id", "problem_id", "problem_family", "agent_id", "agent_kind", "pattern_name", "model_name", "seed",
    "replicate", "status", "start_time", "end_time", "latency_s", "input_tokens", "output_tokens", "cost_usd", "primary_outcome", "trace_path",
    "manifest_path", "error_info"]
EVENT_COLUMNS = [field.name for field in dataclasses.fields(Event)]
EVALUATION_COLUMNS = ["run_id", "evaluator_id", "metric_name", "metric_value", "metric_unit", "aggregation_level", "notes_json"]


def one(spec):
    started = now()
    state = random.getstate()
    random.seed(spec.seed)
    clock = time.perf_counter()
    try:
        draw = random.random()
    finally:
        random.setstate(state)
    latency = time.perf_counter() - clock
    event = Event(now(), ident("evt", {"run_id": spec.run_id, "index": 0}), "", spec.run_id, "agent", "assistant_output", {"auto_generated": True},
        "step", spec.study_id, spec.run_id, spec.condition_id)
    score = dict(run_id=spec.run_id, evaluator_id="problem_evaluator", metric_name="score", metric_value=draw, metric_unit="unitless",
        aggregation_level="run", notes_json={})
    return Outcome(spec.run_id, "success", {"x": draw}, {"primary_outcome": draw, "latency_s": latency}, [score], 0.0, latency, [], [], None,
        {"execution_mode": "condition_runner", "execution_metadata": stable(spec.execution_metadata)}, [event], spec, started, now())


def checkpoint(folder, result):
    checkpoints = os.path.join(folder, "artifacts", "checkpoints")
    for path in (folder, os.path.join(folder, "artifacts"), checkpoints):
        os.makedirs(path, exist_ok=True)
    write_json(os.path.join(checkpoints, f"{result.run_id}.json"), result)
    with open(os.path.join(checkpoints, "runs.jsonl"), "a", encoding="utf-8") as journal:
        journal.write(stable(result) + "\n")


def run(folder):
    conditions = []
    for a in range(LEVELS):
        for b in range(LEVELS):
            factors = {"a": a, "b": b}
            conditions.append((ident("cond", {"factors": factors, "blocks": {}}), factors))
    specs = []
    for condition, factors in conditions:
        for replicate in range(1, REPLICATES + 1):
            run_id = ident("run", {"study_id": STUDY, "condition_id": condition, "replicate": replicate, "agent_id": None, "problem_id": None})
            specs.append(Spec(run_id, STUDY, condition, "", replicate, derive_seed(condition, replicate),
                execution_metadata={"condition_fingerprint": stable({"factors": factors, "blocks": {}})}))
    results = []
    for spec in specs:
        result = one(spec)
        checkpoint(folder, result)
        results.append(result)
    runs, events, evaluations = [], [], []
    for result in results:
        spec = result.run_spec
        runs.append(dict(study_id=spec.study_id, condition_id=spec.condition_id, run_id=spec.run_id, problem_id="", problem_family="unknown",
            agent_id=None, agent_kind="unknown", pattern_name="unknown", model_name="unknown", seed=spec.seed, replicate=spec.replicate,
            status=result.status, start_time=result.started_at, end_time=result.ended_at, latency_s=result.latency, input_tokens=0, output_tokens=0,
            cost_usd=result.cost, primary_outcome=result.metrics["primary_outcome"], trace_path=None,
            manifest_path=os.path.join(folder, "manifest.json"), error_info=None))
        events.extend(plain(event) for event in result.observations)
        evaluations.extend(result.evaluator_outputs)
    write_csv(os.path.join(folder, "conditions.csv"), ["study_id", "condition_id", "a", "b"], [dict(study_id=STUDY, condition_id=c, **f) for c, f in conditions])
    write_csv(os.path.join(folder, "runs.csv"), RUN_COLUMNS, runs)
    write_csv(os.path.join(folder, "events.csv"), EVENT_COLUMNS, events)
    write_csv(os.path.join(folder, "evaluations.csv"), EVALUATION_COLUMNS, evaluations)
    write_json(os.path.join(folder, "study.json"), {"study_id": STUDY})
    write_json(os.path.join(folder, "manifest.json"), {"schema_version": "0.2.0", "study_id": STUDY, "run_count": len(runs)})
    database = sqlite3.connect(os.path.join(folder, "study.sqlite"))
    for table, columns, rows in (("runs", RUN_COLUMNS, runs), ("events", EVENT_COLUMNS, events), ("evaluations", EVALUATION_COLUMNS, evaluations)):
        database.execute(f"CREATE TABLE {table} ({', '.join(name + ' TEXT' for name in columns)})")
        database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in columns)})",
            [[None if row.get(name) is None else str(cell(row[name])) for name in columns] for row in rows])
    database.commit()
    database.close()
    for name in ("runs", "events", "evaluations"):
        with open(os.path.join(folder, f"{name}.csv"), encoding="utf-8", newline="") as file:
            assert sum(1 for _ in csv.DictReader(file)) == RUNS
    return round(sum(result.metrics["primary_outcome"] for result in results), 6)


print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    json.loads(line)
    folder = tempfile.mkdtemp()
    start = time.perf_counter()
    total = run(folder)
    elapsed = (time.perf_counter() - start) * 1000
    shutil.rmtree(folder)
    print(json.dumps({"elapsedMs": elapsed, "result": total}), flush=True)
