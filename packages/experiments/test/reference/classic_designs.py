"""Random studies of the predecessor's eight kinds, with the conditions that it builds for them.

Needs Python 3.12 and design-research-experiments 0.3.0 (commit 856ff60a) on PYTHONPATH.
Run with: python3 classic_designs.py 11 160 ../fixtures/classic_designs.json
"""

import csv
import io
import json
import os
import random
import sys
import tempfile

from design_research_experiments.conditions import Constraint, Factor, Level
from design_research_experiments.designs import DesignSpec, build_design
from design_research_experiments.schemas import SeedPolicy
from design_research_experiments.study import Block, Study

seed, count, target = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
draw = random.Random(seed)
folder = tempfile.mkdtemp()

KINDS = [
    "full_factorial",
    "constrained_factorial",
    "randomized_block",
    "repeated_measures",
    "latin_square",
    "latin_hypercube",
    "fractional_factorial_2level",
    "custom_matrix",
]
VALUES = [0, 1, 2, 3, -1, 1.0, 2.0, 0.5, -0.0, True, False, None, "a", "b", "é", "\U0001f600", "1", ""]
VALUES += [1e16, 1e-7, 12345678901234567890, [1, 2.0], {"k": 1}]
NUMBERS = [0, 1, 2, 5, -3, 0.5, 2.0, 10.25, 1e6, -1e-3]
NAMES = ["a", "b", "c", "d", "x y", "Z", "10", "9", "é"]


def metadata():
    entries = {}
    if draw.random() < 0.4:
        entries["is_baseline"] = draw.choice([True, False, 0, 1, None, "x"])
    if draw.random() < 0.4:
        entries["role"] = draw.choice(["baseline", "treatment", "variant", None, 3])
    return entries if draw.random() < 0.6 else {}


def factor(name, pool, count):
    levels = []
    for index in range(count):
        value = draw.choice(pool)
        label = draw.choice([f"L{index}", "", f"l{index}"])
        levels.append({"name": f"l{index}", "value": value, "label": label, "metadata": metadata()})
    return {"name": name, "levels": levels}


def factors_and_options(kind):
    names = draw.sample(NAMES, 6)
    options = {}
    if kind == "latin_hypercube":
        factors = [factor(name, NUMBERS, draw.randint(2, 4)) for name in names[: draw.randint(1, 4)]]
        if draw.random() < 0.3:
            options["bounds"] = {
                item["name"]: [draw.choice([0, -1.5, 2]), draw.choice([3, 4.5, 10])] for item in factors
            }
        if draw.random() < 0.3:
            options["n_samples"] = draw.randint(1, 5)
    elif kind == "latin_square":
        size = draw.randint(1, 5)
        factors = [factor(name, VALUES, size) for name in names[: draw.randint(3, 4)]]
        roles = ["row_factor", "column_factor", "treatment_factor"]
        options = dict(zip(roles, [item["name"] for item in draw.sample(factors, 3)]))
    elif kind == "fractional_factorial_2level":
        pool = draw.choice([NUMBERS, [value for value in VALUES if not isinstance(value, (list, dict))]])
        factors = [factor(name, pool, 2) for name in names[: draw.randint(2, 6)]]
    else:
        factors = [factor(name, VALUES, draw.randint(1, 4)) for name in names[: draw.randint(0, 3)]]
    return factors, options


def blocks_of():
    names = ["blk", "day"][: draw.choice([0, 0, 1, 2])]
    return [
        {
            "name": name,
            "levels": [draw.choice(["k", "l", 1, 2.0, True]) for _ in range(draw.randint(1, 3))],
            "metadata": {},
        }
        for name in names
    ]


def constraints_of(factors):
    constraints = []
    for index in range(draw.choice([0, 0, 1, 2])):
        if not factors:
            continue
        name = draw.choice(factors)["name"]
        expression = draw.choice(
            [
                f"factors[{name!r}] == 1",
                f"factors[{name!r}] != 'a'",
                f"not factors[{name!r}]",
                f"factors[{name!r}] in [0, 1, 'b']",
                f"bool(factors[{name!r}])",
                f"len(str(factors[{name!r}])) < 3",
            ]
        )
        constraints.append(
            {
                "constraint_id": f"c{index}",
                "description": f"d{index}",
                "expression": expression,
                "callable_ref": None,
                "severity": draw.choice(["error", "warning"]),
            }
        )
    return constraints


def matrix_of(factors, blocks):
    known = [item["name"] for item in factors] + [item["name"] for item in blocks] + ["junk"]
    if draw.random() < 0.5:
        rows = []
        for _ in range(draw.randint(0, 5)):
            names = draw.sample(known, draw.randint(1, len(known)))
            rows.append({name: draw.choice(VALUES) for name in names})
        return {"format": "json", "text": json.dumps(rows)}
    names = draw.sample(known, draw.randint(1, len(known)))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    cells = ["a", "x,y", 'q"', "1", "", "l\nm"]
    for _ in range(draw.randint(0, 5)):
        writer.writerow([draw.choice(cells) for _ in range(draw.randint(1, len(names)))])
    return {"format": "csv", "text": text.getvalue()}


def conditions_of(study, matrix):
    path = None
    if matrix is not None:
        path = os.path.join(folder, f"m.{matrix['format']}")
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(matrix["text"])
    try:
        built = build_design(
            Study(
                study_id="s",
                title="t",
                description="",
                factors=tuple(
                    Factor(
                        name=item["name"],
                        description="",
                        default=0,
                        levels=tuple(Level(**level) for level in item["levels"]),
                    )
                    for item in study["factors"]
                ),
                blocks=tuple(Block(name=item["name"], levels=tuple(item["levels"])) for item in study["blocks"]),
                constraints=tuple(Constraint(**item) for item in study["constraints"]),
                design_spec=DesignSpec(**{**study["design_spec"], "matrix_path": path}),
                seed_policy=SeedPolicy(base_seed=study["base_seed"]),
            )
        )
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}".replace(folder, "")}
    return [
        {
            "condition_id": condition.condition_id,
            "factors": condition.factor_assignments,
            "blocks": condition.block_assignments,
            "admissible": condition.admissible,
            "messages": condition.constraint_messages,
            "metadata": condition.metadata,
        }
        for condition in built
    ]


cases = []
for _ in range(count):
    kind = draw.choice(KINDS)
    factors, options = factors_and_options(kind)
    blocks = blocks_of()
    study = {
        "study_id": "s",
        "factors": factors,
        "blocks": blocks,
        "constraints": constraints_of(factors),
        "design_spec": {
            "kind": kind,
            "replicates": draw.choice([1, 1, 2, 3]),
            "randomize": draw.random() < 0.5,
            "counterbalance": draw.random() < 0.4,
            "matrix_path": None,
            "n_samples": draw.choice([None, 1, 2, 5, 8]),
            "center_points": draw.choice([0, 0, 1, 2]),
            "block_randomization_key": draw.choice([None, None, factors[0]["name"]]) if factors else None,
            "options": options,
        },
        "base_seed": draw.choice([0, 1, 7, 123, -5, 2**70, draw.randint(0, 2**40)]),
    }
    matrix = matrix_of(factors, blocks) if kind == "custom_matrix" else None
    cases.append({"study": study, "matrix": matrix, "result": conditions_of(study, matrix)})

with open(target, "w", encoding="utf-8") as file:
    json.dump(cases, file, separators=(",", ":"), ensure_ascii=False)
