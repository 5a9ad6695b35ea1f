"""
Reads a folder of a study with Python's standard library alone, by the rules that the analysis sibling follows: csv,
json, sqlite3, datetime.fromisoformat, float(). Prints what it found; an exception is a folder that the sibling refuses.

    python3 read_study_folder.py FOLDER
"""
import csv, hashlib, json, pathlib, sqlite3, sys
from datetime import datetime

folder = pathlib.Path(sys.argv[1])


def table(name):
    with open(folder / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
assert manifest["schema_version"] in ("0.1.0", "0.2.0") and manifest["study_id"].strip()
conditions = {row["condition_id"]: row for row in table("conditions.csv")}
runs = {row["run_id"]: row for row in table("runs.csv")}
events, evaluations = table("events.csv"), table("evaluations.csv")
assert events, "no events"
for event in events:
    datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00"))
    assert conditions[runs[event["run_id"] or event["session_id"]]["condition_id"]]
for run in runs.values():
    float(run["latency_s"]), float(run["cost_usd"]), float(run["primary_outcome"] or "nan")
for row in evaluations:
    assert row["run_id"] in runs
    float(row["metric_value"])
for line in (folder / "outputs.jsonl").read_text("utf-8").splitlines():
    json.loads(line, parse_constant=lambda word: (_ for _ in ()).throw(ValueError(word)))
for file in manifest["heddle"]["files"]:
    assert hashlib.sha256((folder / file["path"]).read_bytes()).hexdigest() == file["sha256"], file["path"]
if (folder / "study.sqlite").exists():
    database = sqlite3.connect(folder / "study.sqlite")
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert database.execute("SELECT count(*) FROM run_table").fetchone() == (len(runs),)
print(len(conditions), "conditions,", len(runs), "runs,", len(events), "events,", len(evaluations), "evaluations")
