"""Random inputs for the predecessor's functions around a run, with what they give: returns of agents and evaluators, measures,
samples of problems, design tables, ids, seeds, cells, and reports.

Needs Python 3.12, PyYAML, and design-research-experiments 0.3.0 (commit 856ff60a) on PYTHONPATH.
Run with: python3 peer_functions.py 3 25 ../fixtures/peer_functions.json

Inputs and results stand as JSON in which 1 and 1.0 differ. What raises is left out, except in tables of designs.
"""

import csv
import io
import json
import random
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import design_research_experiments.adapters.agents as agents
import design_research_experiments.adapters.problems as problems
from design_research_experiments import (
    ProblemPacket,
    RunSpec,
    SeedPolicy,
    Study,
    build_design,
    generate_doe,
    render_codebook,
    render_methods_scaffold,
    render_significance_brief,
)
from design_research_experiments.conditions import Condition
from design_research_experiments.io.sqlite_io import _serialize_cell
from design_research_experiments.metrics import compose_metrics
from design_research_experiments.schemas import hash_identifier, stable_json_dumps

draw = random.Random(int(sys.argv[1]))
count, target = int(sys.argv[2]), sys.argv[3]
agents.utc_now_iso = lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).isoformat()

SCALARS = [0, 1, -7, 2**60, 1.0, 0.5, -0.0, 1e-7, 1e16, 1.5e300, True, False, None, "", "a", "é", "\U0001f600", "1", "x,y", 'q"']
SCALARS += ["l\nm", " ", "\u2028", "\x7f", "[1]", "null"]
KEYS = ["a", "b", "text", "é", "candidate", "score", "ok", "value", "metric_name", "higher_is_better", "10", "9", "Z"]


def value(depth=0):
    kind = draw.random()
    if depth > 2 or kind < 0.6:
        return draw.choice(SCALARS)
    if kind < 0.8:
        return [value(depth + 1) for _ in range(draw.randint(0, 3))]
    return mapping(KEYS, depth + 1)


def mapping(keys, depth=0):
    return {key: value(depth) for key in draw.sample(keys, draw.randint(0, min(4, len(keys))))}


def some(entries):
    return {key: make() for key, make in entries.items() if draw.random() < 0.5}


def event():
    return some(
        {
            "timestamp": lambda: draw.choice(["2026-02-03T04:05:06+00:00", "t"]),
            "record_id": lambda: draw.choice(["r1", "é"]),
            "text": lambda: draw.choice(["hello", "a\nb", "", 7]),
            "session_id": lambda: "session",
            "actor_id": lambda: draw.choice(["tool", "user"]),
            "event_type": lambda: draw.choice(["tool_call", "step", "assistant_output", "other"]),
            "meta_json": lambda: mapping(KEYS),
            "level": lambda: draw.choice(["run", "trial", "step", "tool-call"]),
            "trial_id": lambda: "t1",
            "step_id": lambda: "s1",
            "tool_name": lambda: "calc",
            "evaluation_id": lambda: "e1",
            "study_id": lambda: "own-study",
            "condition_id": lambda: "own-condition",
        }
    )


def events():
    return [draw.choice([event, event, lambda: "junk", lambda: 3])() for _ in range(draw.randint(0, 3))]


def metrics():
    return mapping(["cost_usd", "input_tokens", "output_tokens", "own", "primary_outcome", "tool_call_count"])


def metadata():
    return some(
        {
            "model_name": lambda: draw.choice(["m", ""]),
            "agent_kind": lambda: "llm",
            "trace_path": lambda: draw.choice(["p", ""]),
            "trace_refs": lambda: draw.choice([["p", "q"], [], ["q", ""]]),
        }
    )


def returned():
    kind = draw.random()
    if kind < 0.15:
        return draw.choice([item for item in SCALARS if item is not None])
    if kind < 0.65:
        return some(
            {
                "output": lambda: mapping(KEYS),
                "outputs": lambda: mapping(KEYS),
                "text": lambda: draw.choice(["t", ""]),
                "metrics": metrics,
                "metadata": metadata,
                "events": events,
                "trace_refs": lambda: draw.choice([["t"], ["t", 3, 1.0, True], []]),
            }
        )
    inner = some(
        {
            "final_output": lambda: draw.choice(["s", {"candidate": 1, "x": 2.0}, [1, 2.0], 7, None]),
            "text": lambda: draw.choice(["t", 5]),
            "model_text": lambda: "z",
            "metrics": metrics,
            "events": events,
            "k": value,
        }
    )
    raw = {"success": draw.random() < 0.5, "output": inner, "metadata": metadata()}
    if draw.random() < 0.5:
        usage = mapping(["prompt_tokens", "completion_tokens", "total_tokens"])
        raw["model_response"] = some(
            {
                "usage": lambda: usage,
                "model": lambda: draw.choice(["mm", "", 3]),
                "provider": lambda: draw.choice(["pp", " "]),
            }
        )
    return raw


def as_object(raw):
    if not (isinstance(raw, dict) and "success" in raw):
        return raw
    response = raw.get("model_response")
    made = SimpleNamespace(**raw)
    if response is not None:
        made.model_response = SimpleNamespace(**{"usage": None, "model": None, "provider": None, **response})
    return made


SPEC = RunSpec(
    run_id="run-1",
    study_id="study-1",
    condition_id="cond-1",
    problem_id="p",
    replicate=1,
    seed=1,
    agent_spec_ref="a",
    problem_spec_ref="p",
)
CONDITION = Condition(condition_id="cond-1", factor_assignments={}, block_assignments={})


def agent_case():
    raw = returned()
    done = agents._normalize_agent_execution(raw=as_object(raw), run_spec=SPEC, condition=CONDITION)
    return raw, {
        "output": done.output,
        "metrics": done.metrics,
        "trace_refs": done.trace_refs,
        "metadata": done.metadata,
        "events": [item.to_row() for item in done.events],
    }


def row():
    return some(
        {
            "evaluator_id": lambda: "own",
            "metric_name": lambda: draw.choice(["m", "score"]),
            "metric_value": lambda: draw.choice([1, 2.0, True, None, "x"]),
            "value": lambda: draw.choice([3, 0.5]),
            "metric_unit": lambda: "s",
            "aggregation_level": lambda: draw.choice(["run", "trial"]),
            "notes_json": lambda: mapping(KEYS),
            "other": lambda: 1,
        }
    )


def evaluation_case():
    raw = draw.choice([row, lambda: mapping(KEYS), lambda: [row(), mapping(KEYS), value()], value])()
    return raw, problems._normalize_evaluation_payload(raw)


def input_case():
    raw = mapping(["candidate", "state", "answer", "solution", "final_answer", "x", "other"])
    return raw, problems._resolve_evaluator_input(None, raw)


def metric_case():
    observed = [
        {
            "event_type": draw.choice(["tool_call", "step", "assistant_output", "other"]),
            "actor_id": draw.choice(["a", "b", "c"]),
        }
        for _ in range(draw.randint(0, 5))
    ]
    given = {
        "agent_metrics": metrics(),
        "evaluation_rows": [
            {"metric_name": draw.choice(["a", "score"]), "metric_value": draw.choice([1, 2.0, True, 0.25])}
            for _ in range(draw.randint(0, 3))
        ],
        "observations": observed,
        "latency_s": draw.choice([0.0, 0.25, 1.5]),
        "cost_usd": draw.choice([0.0, 3.0, 0.01]),
    }
    return given, compose_metrics(**{**given, "observations": [SimpleNamespace(**item) for item in observed]})


def sample_case():
    packets = [{"problem_id": f"p{index}", "family": draw.choice(["b", "a", "é", "Z"])} for index in range(draw.randint(0, 9))]
    options = {
        "sample_size": draw.choice([None, 0, 1, 2, 3, 5, 8]),
        "seed": draw.choice([0, 1, 7, 123, draw.randint(0, 10**6)]),
        "balanced_by_family": draw.random() < 0.5,
    }
    refs = [ProblemPacket(brief="", **packet) for packet in packets]
    taken = problems.sample_problem_packets(refs, **options)
    return {"packets": packets, **options}, [packet.problem_id for packet in taken]


def table_case():
    kind = draw.choice(["full", "lhs", "frac2"])
    names = draw.sample(["a", "b", "c", "d", "é", "x y"], draw.randint(2, 4) if kind == "frac2" else draw.randint(1, 3))
    if kind == "lhs":
        factors = {name: draw.choice([[0, 1], [-1.5, 2], [10, 20.0], [5, 5]]) for name in names}
    elif kind == "full":
        factors = {name: [draw.choice(SCALARS) for _ in range(draw.randint(1, 3))] for name in names}
    else:
        factors = {name: [0, 1] for name in names}
    given = {"kind": kind, "factors": factors, "seed": draw.choice([0, 1, 99, 2**40]), "randomize": draw.random() < 0.5}
    if kind == "lhs" and draw.random() < 0.9:
        given["n_samples"] = draw.randint(0, 6)
    if draw.random() < 0.4:
        given["center_points"] = draw.randint(0, 2)
    if draw.random() < 0.3:
        given["replicates"] = draw.randint(0, 2)
    if draw.random() < 0.3:
        given["block_randomization_key"] = draw.choice([*names, "nope"])
    try:
        made = generate_doe(**given)
    except Exception as error:
        return given, {"error": type(error).__name__}
    return given, {"design": made["design"], "warnings": len(made["warnings"])}


def id_case():
    payload = value()
    return payload, [stable_json_dumps(payload), hash_identifier("id", payload)]


def seed_case():
    policy = {
        "base_seed": draw.choice([0, -1, 2**70, draw.randint(0, 2**40)]),
        "strategy": draw.choice(["condition_replicate", "é\n"]),
        "per_run_offset": draw.choice([9973, 0, -(2**65)]),
    }
    place = {
        "study_id": draw.choice(["s", "é", "\U0001f600"]),
        "condition_id": draw.choice(["c", "cond-1"]),
        "replicate": draw.randint(1, 9),
        "salt": draw.choice(["", "a:p", "None:None", "é"]),
    }
    return {**policy, **place}, SeedPolicy(**policy).derive_seed(**place)


def cell_case():
    given = value()
    text = io.StringIO(newline="")
    csv.DictWriter(text, fieldnames=["k", "end"]).writerow({"k": given, "end": "."})
    return given, [text.getvalue(), _serialize_cell(given)]


def report_case():
    levels = [value() for _ in range(draw.randint(1, 3))]
    study = {
        "study_id": "s",
        "title": "t",
        "description": "",
        "factors": [
            {
                "name": draw.choice(["a", "é"]),
                "description": draw.choice(["d", "two\nlines"]),
                "levels": [{"name": f"l{index}", "value": level} for index, level in enumerate(levels)],
            }
        ],
        "blocks": [{"name": "day", "levels": [value() for _ in range(draw.randint(1, 2))]}],
        "outcomes": [
            {"name": "o", "source_table": "runs", "column": "c", "aggregation": draw.choice(["mean", "median"])}
        ],
    }
    made = Study.from_dict(study)
    rows = [mapping(["test", "outcome", "p_value", "effect_size"]) for _ in range(draw.randint(0, 3))]
    conditions = build_design(made)
    return {"study": study, "rows": rows}, [
        render_methods_scaffold(made),
        render_codebook(made, conditions),
        render_significance_brief(rows),
    ]


MAKERS = {
    "agent": agent_case,
    "evaluation": evaluation_case,
    "evaluator_input": input_case,
    "metrics": metric_case,
    "sample": sample_case,
    "table": table_case,
    "id": id_case,
    "seed": seed_case,
    "cell": cell_case,
    "report": report_case,
}
cases = []
for name, make in MAKERS.items():
    made = 0
    while made < count:
        try:
            given, result = make()
        except Exception:
            continue
        cases.append({"of": name, "given": given, "result": result})
        made += 1

with open(target, "w", encoding="utf-8") as file:
    json.dump(cases, file, separators=(",", ":"))
