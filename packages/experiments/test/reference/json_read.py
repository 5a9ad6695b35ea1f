"""Reference values for JsonText.parse: what Python's json reads from generated texts.

Run: python3 json_read.py > ../fixtures/json_read.json
Made with CPython 3.11. A key that stands twice is an error (our rule; Python takes the last), and so is half of a
surrogate pair. Random by a fixed seed; the output is the same each time.
"""

import json
import random
import sys

draw = random.Random(20260105)


def typed(value):
    if value is None:
        return ["null"]
    if isinstance(value, bool):
        return ["bool", str(value)]
    if isinstance(value, int):
        return ["int", str(value)]
    if isinstance(value, float):
        return ["float", repr(value)]
    if isinstance(value, str):
        value.encode("utf-8")
        return ["str", value]
    if isinstance(value, list):
        return ["list", [typed(item) for item in value]]
    return ["map", [[key, typed(item)] for key, item in value.items()]]


def pairs(items):
    keys = [key for key, _ in items]
    if len(set(keys)) != len(keys):
        raise ValueError("key twice")
    return dict(items)


def case(text):
    try:
        return {"text": text, "value": typed(json.loads(text, object_pairs_hook=pairs))}
    except (ValueError, UnicodeError) as error:
        return {"text": text, "error": type(error).__name__}


FIXED = """0 -0 00 01 -01 1. .5 1.0 1e0 1E5 1e+5 1e-5 1.5e300 1e400 -1e400 1e-400 +1 - -- 1_0 0x1 NaN Infinity -Infinity +Infinity nan inf -NaN
null true false True None nul nulll tru "a" 'a' "\\n" "\\q" "\\u00e9" "\\u00E9" "\\uD83D\\uDE00" "\\ud83d" "\\ude00\\ud83d" "\\u12" "\\u12g4" "\\/" "\\
[] [1] [1,] [,] [1,2 [1 ]] {} {"a":1} {"a":1,} {"a"} {"a":} {a:1} {'a':1} {"a":1,"a":2} {"a":{"a":1}} {"":0} {"10":1,"2":2} {1:2} {"a":1}} // # 12345678901234567890 -9007199254740993
9007199254740991 9007199254740992 9007199254740993 1.7976931348623157e308 5e-324 0.1 123456789.0 1e16 1e22 100000000000000000000.0""".split()
FIXED += ["", " ", "\t\n\r 1 \n", "\u00a01", "1 2", '"a\nb"', '"a\tb"', '"\x7f\u2028"', '[1, /* */ 2]', "[1,\n2]\n", '"\x00"', "\x0c1", "9" * 4300, "9" * 4301, "[" * 50 + "]" * 50]


def text(depth):
    kind = draw.random()
    space = draw.choice(["", "", " ", "\n"])
    if depth > 0 and kind < 0.3:
        return space + "[" + ",".join(text(depth - 1) for _ in range(draw.randint(0, 3))) + "]"
    if depth > 0 and kind < 0.6:
        return space + "{" + ",".join(space + '"k%d":' % i + text(depth - 1) for i in range(draw.randint(0, 3))) + space + "}"
    return space + draw.choice(["1", "1.0", "-2.5e-7", "true", "null", '"x"', '"\\u00e9\\n"', "12345678901234567890", "NaN", '"\U0001F600"']) + space


def broken():
    made = text(3)
    at = draw.randrange(len(made))
    return made[:at] + draw.choice(["", ",", "]", "}", ":", '"', "1", "-", "\\"]) + made[at + draw.randint(0, 1) :]


texts = dict.fromkeys(FIXED + [text(4) for _ in range(150)] + [broken() for _ in range(150)])
json.dump([case(item) for item in texts], sys.stdout, indent=0)
