"""Random studies that the predecessor runs, with every file that it writes for them.

Needs Python 3.12, PyYAML, and design-research-experiments 0.3.0 (commit 856ff60a) on PYTHONPATH.
Run with: python3 peer_studies.py 7 36 ../fixtures/peer_studies.json

What agents, evaluators and the condition runner do is chosen by the run's seed, so that the reader can do the same. The
clock stands still and the performance counter goes on by 0.25 s at each reading.
"""

import hashlib
import json
import os
import random
import sqlite3
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import design_research_experiments.adapters.agents as agents_module
import design_research_experiments.artifacts as artifacts_module
import design_research_experiments.runners as runners_module
from design_research_experiments import ProblemPacket, RunOutput, Study, run_study
from design_research_experiments.schemas import stable_json_dumps

draw = random.Random(int(sys.argv[1]))
count, target = int(sys.argv[2]), os.path.abspath(sys.argv[3])

FROZEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).isoformat()
for module in (agents_module, artifacts_module, runners_module):
    module.utc_now_iso = lambda: FROZEN


class Counter:
    reading = 0.0

    def perf_counter(self):
        self.reading += 0.25
        return self.reading


runners_module.time = Counter()

VALUES = [0, 1, 2, -3, 1.0, 0.5, 1e-7, 1e16, 12345678901234567890, True, False, "a", "b,c", 'q"', "é", "\U0001f600", "1"]
VALUES += [[1, 2.0], ["x", None], "l\nm", "", "0.5", "yes", "2026-01-01", "# no", "a: b"]
NAMES = ["variant", "temp", "my factor", "é", "Z", "10", "order_of", "select"]
TEXTS = ["plain", "two words", "a: b", "- x", "é ü", "'q'", "l1\nl2", " lead", "", "yes", "1.0", "long " * 30]


def distinct(pool, number):
    chosen = {}
    for value in draw.sample(pool, len(pool)):
        chosen.setdefault(stable_json_dumps(value), value)
    return list(chosen.values())[:number]


def metadata(index):
    return draw.choice([{}, {}, {"is_baseline": index == 0}, {"role": draw.choice(["baseline", "treatment"])}])


def factor(name, values):
    return {
        "name": name,
        "description": draw.choice(TEXTS),
        "levels": [
            {"name": f"l{index}", "value": value, "label": draw.choice([f"L{index}", "Ö"]), "metadata": metadata(index)}
            for index, value in enumerate(values)
        ],
    }


def study_of(index, standalone):
    factors = [factor(name, distinct(VALUES, draw.randint(1, 3))) for name in draw.sample(NAMES, draw.randint(0, 2))]
    agents, problems = ["alpha", "beta"][: draw.randint(1, 2)], ["p1", "p2", "p3", "p4"][: draw.randint(1, 4)]
    if not standalone:
        extra = draw.choice([None, None, "agent_id", "agent", "problem_id", "problem"])
        if extra is not None:
            factors.append(factor(extra, ["alpha", "beta"] if extra.startswith("agent") else ["p1", "p2"]))
    constraints = []
    if factors:
        name = draw.choice(factors)["name"]
        for number in range(draw.choice([0, 0, 1, 2])):
            constraints.append(
                {
                    "constraint_id": f"c{number}",
                    "description": draw.choice(TEXTS),
                    "expression": draw.choice([f"factors[{name!r}] != 1", f"str(factors[{name!r}]) != 'a'"]),
                    "severity": draw.choice(["error", "warning"]),
                }
            )
    return {
        "study_id": draw.choice(["peer", "Peer Study", "pé-1.0", "p_2"]) + f"-{index}",
        "title": draw.choice([text for text in TEXTS if text.strip()]),
        "description": draw.choice(TEXTS),
        "authors": draw.sample(["A. Author", "Ö. Ünal", "yes"], draw.randint(0, 2)),
        "rationale": draw.choice(TEXTS),
        "tags": draw.sample(["x", "1", "null"], draw.randint(0, 3)),
        "factors": factors,
        "blocks": [
            {"name": name, "levels": distinct(["k", 1, 2.0, "é"], draw.randint(1, 2)), "metadata": {}}
            for name in ["cohort", "day"][: draw.choice([0, 0, 1])]
        ],
        "constraints": constraints,
        "design_spec": {
            "kind": draw.choice(["full_factorial", "constrained_factorial", "randomized_block", "repeated_measures"]),
            "randomize": draw.random() < 0.4,
            "counterbalance": draw.random() < 0.3,
        },
        "outcomes": [{"name": "score", "source_table": "runs", "column": "primary_outcome", "aggregation": "mean"}],
        "run_budget": {"replicates": draw.randint(1, 2), "parallelism": 1},
        "seed_policy": {
            "base_seed": draw.choice([0, 7, -5, 2**70, draw.randint(0, 2**40)]),
            "strategy": draw.choice(["condition_replicate", "é"]),
            "per_run_offset": draw.choice([9973, 0, -1]),
        },
        "output_dir": f"out/{index}",
        "provenance_metadata": draw.choice([{"host": "frozen"}, {"n": 1, "x": 2.0, "k": ["é", None]}]),
        "notes": draw.choice(TEXTS),
        "problem_ids": [] if standalone else problems,
        "agent_specs": [] if standalone else agents,
    }


def agent(problem_packet, run_spec, condition, seed):
    first = random.random()
    kind = seed % 6
    if kind == 0:
        raise ValueError('no, "never"\nagain')
    if kind == 1:
        return f"text {seed % 100}"
    if kind == 2:
        return {
            "output": {"candidate": [first, seed], "text": "é\n", "n": 2.0},
            "metrics": {
                "cost_usd": 0.5,
                "input_tokens": 3,
                "output_tokens": "7",
                "custom": 1.5,
                "flag": True,
                "note": "n,\"m\"",
            },
            "metadata": {"model_name": f"m{seed % 3}", "agent_kind": "llm", "trace_path": "t/x", "request_id": ""},
            "trace_refs": [f"traces/{run_spec.run_id}", "second"],
            "events": [
                {"event_type": "tool_call", "text": 'call, "q"', "actor_id": "tool", "level": "tool-call", "tool_name": "c"},
                {"event_type": "assistant_output", "text": "a\nb", "record_id": "evt-own", "step_id": "s1"},
            ],
        }
    if kind == 3:
        return {
            "outputs": {"x": first},
            "metrics": {"primary_outcome": 2},
            "events": [
                {"event_type": "step", "text": "s", "level": "trial", "trial_id": "t1"},
                {"meta_json": {"b": [1, 2.0, None, True], "a": {"é": "\u2028"}}},
                "junk",
            ],
        }
    if kind == 4:
        return {"text": "bare", "metrics": {"cost_usd": None, "input_tokens": "many"}}
    return 3.5


def scores(candidate):
    return {
        "score": 0.125 if isinstance(candidate, list) else 2,
        "ok": True,
        "higher_is_better": True,
        "label": "t",
        "count": 3,
    }


def rows(candidate):
    return [
        {"metric_name": "m,1", "metric_value": 1, "metric_unit": "s", "notes_json": {"k": [1, "é"], "b": 2.0}},
        [{"value": 2.0, "aggregation_level": "trial", "evaluator_id": "second"}],
        None,
        7,
    ]


def broken(candidate):
    raise KeyError("x")


EVALUATORS = {"p1": scores, "p2": rows, "p3": None, "p4": broken}
PROBLEMS = {
    name: ProblemPacket(problem_id=name, family=f"f{name}", brief=f"brief {name}", evaluator=evaluator)
    for name, evaluator in EVALUATORS.items()
}


def callback(run_spec, condition):
    kind = run_spec.seed % 3
    if kind == 0:
        raise ValueError("callback, broken")
    if kind == 1:
        return RunOutput(
            outputs={"draws": [random.random(), random.random()], "seed": run_spec.seed},
            metrics={"cost_usd": 0.25, "primary_outcome": random.random(), "own": 2.0},
        )
    return RunOutput(outputs={}, metrics={"latency_s": 9.5, "input_tokens": 3, "flag": False})


def dump(path):
    connection = sqlite3.connect(path)
    try:
        return "\n".join(connection.iterdump()) + "\n"
    finally:
        connection.close()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


os.chdir(tempfile.mkdtemp())
cases = []
for index in range(count):
    standalone = index % 3 == 2
    text = Study.from_dict(study_of(index, standalone)).to_json("study.json").read_text()
    # Its JSON sorts the keys of maps: what is run is what the text says.
    study = Study.from_json("study.json")
    runners_module.time.reading = 0.0
    bound = {"condition_runner": callback} if standalone else {
        "agent_bindings": {"alpha": agent, "beta": agent},
        "problem_registry": PROBLEMS,
    }
    case = {"mode": "callback" if standalone else "agents", "study": text}
    try:
        # The predecessor does not quote names in its database: only those that need no quotes are asked for there.
        quoted = any(not item.name.isidentifier() or item.name == "select" for item in study.factors)
        results = run_study(study, include_sqlite=not quoted, show_progress=False, **bound)
    except Exception as error:
        case["error"] = f"{type(error).__name__}: {error}"
        cases.append(case)
        continue
    case["runs"] = [[result.run_id, result.run_spec.seed, result.status.value] for result in results]
    folder = Path(study.output_dir)
    texts, hashes = {}, {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        data = dump(path).encode() if name == "study.sqlite" else path.read_bytes()
        hashes[name] = sha256(data)
        if name in ("conditions.csv", "runs.csv", "events.csv", "evaluations.csv"):
            texts[name] = data.decode()
        if len(sys.argv) > 4:
            copy = Path(sys.argv[4]) / str(index) / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(data)
    case["texts"], case["sha256"] = texts, hashes
    cases.append(case)

with open(target, "w", encoding="utf-8") as file:
    json.dump(cases, file, separators=(",", ":"), ensure_ascii=True)
