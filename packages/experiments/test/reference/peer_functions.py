"""Random inputs for the predecessor's functions around a run, with what they give: returns of agents and evaluators, measures,
samples of problems, design tables, ids, seeds, cells, and reports.

Needs Python 3.12, PyYAML, and design-research-experiments 0.3.0 (commit 856ff60a) on PYTHONPATH.
Run with: python3 peer_functions.py 3 25 ../fixtures/peer_functions.json

Inputs and results stand as JSON in which 1 and 1.0 differ. What raises is left out, except of tables of designs and of studies.
"""

import contextlib
import csv
import io
import json
import os
import random
import sys
import tempfile
from datetime import UTC, datetime
from types import SimpleNamespace

import design_research_experiments.adapters.agents as agents
import design_research_experiments.cli as cli
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
    validate_study,
)
from design_research_experiments.conditions import Condition
from design_research_experiments.io.sqlite_io import _serialize_cell
from design_research_experiments.metrics import compose_metrics
from design_research_experiments.schemas import hash_identifier, stable_json_dumps

draw = random.Random(int(sys.argv[1]))
count, target = int(sys.argv[2]), sys.argv[3]
folder = tempfile.mkdtemp()
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


def claims():
    names, outcomes = ["a", "b", "agent_id", "problem", "zz"], ["o1", "o2", "zz"]
    pick = lambda pool, low=0: [draw.choice(pool) for _ in range(draw.randint(low, 2))]
    roles = {}
    listed = [
        {
            "name": draw.choice(["o1", "o2"]),
            "source_table": "runs",
            "column": "c",
            "aggregation": "mean",
            **({"primary": draw.random() < 0.5} if draw.random() < 0.3 else {}),
        }
        for _ in range(draw.randint(0, 2))
    ]
    if draw.random() < 0.3:
        roles = some({"primary_outcomes": lambda: pick(["o1", "o2"], 1), "secondary_outcomes": lambda: pick(["o1", "o2"], 1)})
    if roles:
        listed = list({outcome["name"]: outcome for outcome in listed}.values())
    made = {
        "outcomes": listed,
        **roles,
        "hypotheses": [
            {
                "hypothesis_id": draw.choice(["h1", "h2"]),
                "label": "l",
                "statement": "s",
                "independent_vars": pick(names),
                "dependent_vars": pick(outcomes),
                **({"linked_analysis_plan_id": draw.choice(["p1", "p2"])} if draw.random() < 0.2 else {}),
            }
            for _ in range(draw.randint(0, 2))
        ],
        "analysis_plans": [
            {
                "analysis_plan_id": draw.choice(["p1", "p2"]),
                "hypothesis_ids": pick(["h1", "h2", "h3"], 1),
                "tests": ["t"],
                "outcomes": pick(outcomes),
            }
            for _ in range(draw.randint(0, 2))
        ],
    }
    if any("linked_analysis_plan_id" in claim for claim in made["hypotheses"]):
        # Two plans of one id are refused in any case: what a link to them means is nobody's matter.
        made["analysis_plans"] = list({plan["analysis_plan_id"]: plan for plan in made["analysis_plans"]}.values())
    return made


def study_case():
    """A study as its file has it: what it is once read, how many things are wrong with it, and its table of conditions."""
    study = {
        "study_id": "s",
        "title": "t",
        **some(
            {
                "description": lambda: draw.choice(["d", "two\nlines", ""]),
                "authors": lambda: ["A", "é"],
                "tags": lambda: [],
                "notes": lambda: "n",
                "problem_ids": lambda: ["p", "q"][: draw.randint(0, 2)],
                "agent_specs": lambda: ["x", "y"][: draw.randint(0, 2)],
                "provenance_metadata": lambda: mapping(KEYS),
                "seed_policy": lambda: some({"base_seed": lambda: draw.choice([0, 5, 2**70]), "strategy": lambda: "é"}),
                "run_budget": lambda: some(
                    {
                        "replicates": lambda: draw.randint(1, 3),
                        "max_runs": lambda: draw.choice([None, 1, 4, 100]),
                        "fail_fast": lambda: True,
                    }
                ),
                "design_spec": lambda: some(
                    {
                        "kind": lambda: draw.choice([" FULL ", "full_factorial", "Randomized_Block", "repeated_measures"]),
                        "randomize": lambda: True,
                        "counterbalance": lambda: True,
                        "center_points": lambda: draw.choice([0, "2"]),
                        "options": lambda: {"n_samples": draw.choice([3, "4"])},
                    }
                ),
            }
        ),
        "factors": [
            {
                "name": name,
                **({"default": draw.choice([1, 2.0, "x"])} if draw.random() < 0.3 else {}),
                "levels": [
                    {"name": f"l{index}", "value": draw.choice(SCALARS[:20]), **({"label": "L"} if draw.random() < 0.3 else {})}
                    for index in range(draw.randint(1, 2))
                ],
            }
            for name in draw.sample(["a", "b", "agent_id", "problem"], draw.randint(0, 3))
        ],
        "blocks": [{"name": "day", "levels": [1, 2.0][: draw.randint(1, 2)]}][: draw.randint(0, 1)],
        **claims(),
    }
    try:
        made = Study.from_dict(study)
    except Exception as error:
        return study, {"error": type(error).__name__}
    problems_found = validate_study(made)
    source = os.path.join(folder, "study.json")
    with open(source, "w", encoding="utf-8") as file:
        json.dump(study, file)
    table = os.path.join(folder, "table.csv")
    text = None
    if not problems_found:
        with contextlib.redirect_stdout(io.StringIO()):
            cli.main(["materialize-design", source, "--output", table])
        with open(table, encoding="utf-8", newline="") as file:
            text = file.read()
    return study, {"study": json.loads(stable_json_dumps(made.to_dict())), "errors": len(problems_found), "table": text}


MAKERS = {
    "study": study_case,
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
