"""Reference texts for Yaml.stringify: what PyYAML's safe_dump writes for generated values.

Run: python3 yaml_dump.py > ../fixtures/yaml_dump_random.json
Made with PyYAML 6.0.3, safe_dump(sort_keys=False, allow_unicode=False). Random by a fixed seed; the output is the same
each time. Values stand in the file as JSON text of Python, so that 1 and 1.0 differ; a date is {"$date": text}.
"""

import datetime
import json
import random
import sys

import yaml

draw = random.Random(20260103)

WORDS = ["a", "word", "yes", "no", "null", "~", "1", "1.0", "1e3", "-", "?", ":", "#", "x:", "#y", "it's", '"q"', "caf\u00e9", "\U0001F600",
         "a\tb", "l1\nl2", "\n", " ", "  ", "", "longerword", "0x1f", "1:30", "2026-01-01", "---", "...", "%", "@", "`", "&a", "*a", "!t",
         "[", "]", "{", "}", ",", "|", ">", "=", "<<", "\\", "\x07", "\x85", "\u2028", "\u00a0", "\ufeff", "\x00", "\x7f", "\r", "\ue000",
         "\uffff", "\U0010ffff", "-a", "- a", "? a", ": a", "a: b", "a #b", "a#b", "a:b", "http://x/y", "0.1", ".inf", "0b1", "017", "1_000"]


def text():
    kind = draw.random()
    if kind < 0.3:
        return draw.choice(WORDS)
    if kind < 0.5:
        return " ".join(draw.choice(["word", "a", "longerword", "it's", "x-y", "12"]) for _ in range(draw.randint(1, 60)))
    if kind < 0.6:
        return "".join(draw.choice("ab  \n") for _ in range(draw.randint(1, 160)))
    if kind < 0.7:
        return "".join(draw.choice("ab \u00e9\U0001F600\"\\") for _ in range(draw.randint(1, 160)))
    if kind < 0.8:
        return draw.choice(["", " ", "'", "x"]) + "y" * draw.randint(60, 140) + draw.choice(["", " z", " zz zz", "\n", "\nz", " '", "\u00e9 z"])
    if kind < 0.9:
        return " ".join(draw.choice(["a", "bb", "ccc", "\u00e9", "'", '"', "\n"]) for _ in range(draw.randint(1, 80)))
    return draw.choice(WORDS) + draw.choice(["", " ", "\n", ":", "#", ": "]) + draw.choice(WORDS)


def number():
    kind = draw.random()
    if kind < 0.3:
        return draw.randint(-1000, 1000)
    if kind < 0.4:
        return draw.randint(-(10**30), 10**30)
    if kind < 0.6:
        return float(draw.randint(-100, 100))
    if kind < 0.9:
        return draw.random() * 10 ** draw.randint(-20, 25)
    return draw.choice([float("nan"), float("inf"), float("-inf"), -0.0, 1e16, 1e-7, 1e22, 5e-324, 1.7976931348623157e308, 1e-5, 123456789012345680.0])


def date():
    if draw.random() < 0.5:
        return datetime.date(draw.randint(1, 9999), draw.randint(1, 12), draw.randint(1, 28))
    zone = draw.choice([None, datetime.timezone.utc, datetime.timezone(datetime.timedelta(minutes=draw.randint(-800, 800)))])
    micros = draw.choice([0, 0, draw.randint(1, 999999)])
    return datetime.datetime(draw.randint(1, 9999), draw.randint(1, 12), draw.randint(1, 28), draw.randint(0, 23), draw.randint(0, 59), draw.randint(0, 59), micros, zone)


def key():
    kind = draw.random()
    if kind < 0.5:
        return "k%d" % draw.randint(0, 999)
    if kind < 0.6:
        return "k" * draw.randint(110, 140)
    if kind < 0.7:
        return "key word " * draw.randint(9, 14)
    return text()


def value(depth):
    kind = draw.random()
    if depth > 0 and kind < 0.35:
        return [value(depth - 1) for _ in range(draw.randint(0, 4))]
    if depth > 0 and kind < 0.7:
        return {key(): value(depth - 1) for _ in range(draw.randint(0, 4))}
    if kind < 0.9:
        return text()
    if kind < 0.96:
        return number()
    if kind < 0.98:
        return date()
    return draw.choice([None, True, False])


def plain(item):
    if isinstance(item, (datetime.date, datetime.datetime)):
        return {"$datetime" if isinstance(item, datetime.datetime) else "$date": str(item)}
    if isinstance(item, list):
        return [plain(part) for part in item]
    if isinstance(item, dict):
        return {name: plain(part) for name, part in item.items()}
    return item


def case(item):
    return {"json": json.dumps(plain(item)), "yaml": yaml.safe_dump(item, sort_keys=False, allow_unicode=False)}


json.dump(
    [case(item) for item in WORDS]
    # Around the length from which a key is no simple key any more.
    + [case({"k" * count: 1}) for count in range(120, 126)]
    + [case({"\U0001F600" * count: [1]}) for count in (59, 60, 61, 62, 63, 64, 100, 101, 102, 123, 124)]
    + [case(value(0)) for _ in range(120)]
    + [case({key(): value(0)}) for _ in range(120)]
    + [case(value(4)) for _ in range(90)]
    + [case({"a": [value(5)], "b": {"c": [[value(3)]]}}) for _ in range(8)],
    sys.stdout,
    indent=0,
)
