"""The small study of the fixtures without agents and problems, as the predecessor runs it with a condition runner that
draws two numbers and fails where the condition is warm.

Needs Python 3.12, PyYAML, and design-research-experiments 0.3.0 (commit 856ff60a) on PYTHONPATH.
Run with: python3 peer_standalone.py ../fixtures/small_study/study.json ../fixtures/standalone_study
"""

import json
import os
import random
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import design_research_experiments.adapters.agents as agents_module
import design_research_experiments.artifacts as artifacts_module
import design_research_experiments.runners as runners_module
from design_research_experiments import RunOutput, Study, run_study

FROZEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).isoformat()
for module in (agents_module, artifacts_module, runners_module):
    module.utc_now_iso = lambda: FROZEN


class Counter:
    reading = 0.0

    def perf_counter(self):
        self.reading += 0.25
        return self.reading


def draws(run_spec, condition):
    if condition.factor_assignments["temp"] > 0:
        raise ValueError("too warm")
    return RunOutput(outputs={"draws": [random.random(), random.random()]}, metrics={"primary_outcome": random.random()})


runners_module.time = Counter()
payload = json.loads(Path(sys.argv[1]).read_text())
target = os.path.abspath(sys.argv[2])
payload |= {"study_id": "golden-standalone", "problem_ids": [], "agent_specs": []}
payload |= {"output_dir": "artifacts/golden-standalone"}
os.chdir(tempfile.mkdtemp())
study = Study.from_dict(payload)
run_study(study, condition_runner=draws, show_progress=False)
shutil.rmtree(target, ignore_errors=True)
shutil.copytree(study.output_dir, target)
study.to_json(os.path.join(target, "study.json"))
