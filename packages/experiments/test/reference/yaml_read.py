"""Reference values for Yaml.parse: what PyYAML's safe_load reads from generated scalars and documents.

Run: python3 yaml_read.py > ../fixtures/yaml_read.json
Made with PyYAML 6.0.3. Random by a fixed seed; the output is the same each time.
"""

import datetime
import json
import random
import sys

import yaml

draw = random.Random(20260102)


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
        return ["str", value]
    if isinstance(value, datetime.datetime):
        return ["datetime", str(value)]
    if isinstance(value, datetime.date):
        return ["date", str(value)]
    if isinstance(value, (list, tuple)):
        return ["list", [typed(item) for item in value]]
    if isinstance(value, dict):
        return ["map", [[str(key), typed(item)] for key, item in value.items()]]
    return ["other", str(value)]


class StrictLoader(yaml.SafeLoader):
    """safe_load, with a key that stands twice as an error: the one rule that differs on purpose."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                key = "<<"
            elif key_node.tag == "tag:yaml.org,2002:value":
                key = ("text", "=")
            else:
                key = self.construct_object(key_node, deep=True)
                try:
                    hash(key)
                except TypeError:
                    break
                if key in seen or ("as text", str(key)) in seen:
                    raise yaml.constructor.ConstructorError(None, None, "key twice", key_node.start_mark)
                seen.add(("as text", str(key)))
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, "key twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def case(text):
    try:
        return {"text": text, "value": typed(yaml.load(text, Loader=StrictLoader))}
    except RecursionError:
        return {"text": text, "error": "RecursionError"}
    except (yaml.YAMLError, ValueError, AttributeError, KeyError, TypeError, IndexError, OverflowError) as error:
        return {"text": text, "error": type(error).__name__}


def scalars():
    fixed = """1 -1 +1 0 -0 +0 00 01 017 018 0o17 0x1f 0X1F 0x 0b11 0b 0b2 -0x1F +0b10 1_000 1__0 _1 1_ 0_7 0x_f
    1.0 1. .5 -.5 +.5 -1.5 1e3 1E3 1.0e3 1.0e+3 1.0E-3 1.e+3 .5e+1 -.5e+1 1_0.5 1_0.5_0 . .. ... +. -. 1.2.3 0.2.0
    .inf .Inf .INF -.inf +.inf .iNF inf nan .nan .NaN .NAN .Nan -.nan 1e400 1.0e+400 1.0e-400
    1:30 1:60 1:59 10:20:30 -1:30 +1:30 0:30 01:30 1:2:3:4 190:20:30.15 1:30. 1:30.5 -1:30.5 0:00.5 20:30:40.50
    yes Yes YES yEs no No NO on On ON off Off OFF y Y n N true True TRUE tRUE false False FALSE
    null Null NULL nULL ~ ~~ none None nil void
    2026-01-01 2026-1-1 2026-13-01 2026-02-29 2024-02-29 2026-01-01T00:00:00Z 2026-01-01t1:02:03 2026-01-01T00:00:00
    2026-01-01T00:00:00.5Z 2026-01-01T00:00:00.123456789+05:30 2026-01-01T00:00:00-5 2026-01-01T00:00:00-05:00
    2026-01-01T00:00:00+00:00 2026-01-01T24:00:00Z 2026-01-01T00:60:00 2026-01-01T00:00:60 2026-1-2T3:04:05
    0000-01-01 0001-01-01 9999-12-31 12026-01-01 2026-01 2026-01-01x 2026-01-01T00:00:00+24:00 2026-01-01T00:00:00+23:59
    2026-01-01T00:00:00. 2026-01-01T00:00:00.000000 2026-01-01T00:00:00-00:00
    a a-b a.b a:b a#b a,b a/b - -- --- -a ?a ? :a :: a: = == << <<< ! !a * *a & &a @a `a %a |a >a
    [a] {a:1} 'a' 'it''s' "a\\tb" "\\x41" "\\u00e9" "\\U0001F600" "\\N" "\\_" "\\L" "\\e" "\\q" "\\
    ''  "" '1' "1" 'yes' !!str !!str_x""".split()
    fixed += [
        "",
        "# comment",
        "a # comment",
        "a#b",
        "'a' # comment",
        "a: b",
        "- x",
        "2026-01-01 00:00:00",
        "2026-01-01 00:00:00 +1",
        "2026-01-01 00:00:00 Z",
        "2026-01-01  01:02:03.5 -1:30",
        "a  b",
        "a\tb",
        "!!str 1",
        "!!int 1",
        "!!int '12'",
        "!!int abc",
        "!!float 1",
        "!!float 1.5",
        "!!float '1e3'",
        "!!float x",
        "!!bool yes",
        "!!bool 'no'",
        "!!bool 1",
        "!!null x",
        "!!null ''",
        "!!timestamp 2026-01-01",
        "!!timestamp '2026-1-1'",
        "!!timestamp x",
        "!!seq [a]",
        "!!map {a: 1}",
        "!!map [a]",
        "!!seq {a: 1}",
        "!!str [a]",
        "!!omap [a: 1, b: 2]",
        "!!pairs [a: 1, a: 2]",
        "!!omap {a: 1}",
        "! 1",
        "! 'a'",
        "! '1'",
        "!x 1",
        "!!x 1",
        "!<tag:yaml.org,2002:str> 1",
        "!!python/object:os.system x",
        "!!python/tuple [1]",
        "&a 1",
        "&a",
        "*a",
        "!!str",
        "!!str # c",
        "'a\n  b'",
        "a\n  b",
        "a\n\n  b",
        '"a\n  b\n\n  c"',
        '"a \\\n  b"',
        "|\n  a\n  b",
        "|-\n  a\n",
        "|+\n  a\n\n",
        ">\n  a\n  b\n\n  c\n",
        ">-\n  a\n   b\n  c",
        "|2\n   a\n  b",
        ">+\n\n  a\n\n\n",
        "|\n\n  a",
        "|\n",
        "9" * 20,
        "-" + "9" * 30,
        "9" * 4301,
        "0x" + "f" * 40,
        "1." + "0" * 30 + "1",
    ]
    alphabets = ["01", "0123456789", "0123456789_", "01789.-+eE", "0123456789:.", "-+.01eE_:x", "abfxo0_123", "0123456789-:TZ. "]
    made = []
    while len(made) < 400:
        alphabet = draw.choice(alphabets)
        text = "".join(draw.choice(alphabet) for _ in range(draw.randint(1, 9))).strip()
        made.append(text)
    for _ in range(120):
        text = "%04d-%02d-%02d" % (draw.randint(0, 2100), draw.randint(0, 13), draw.randint(0, 32))
        if draw.random() < 0.7:
            text += draw.choice(["T", "t", " ", "  "])
            text += "%d:%02d:%02d" % (draw.randint(0, 25), draw.randint(0, 61), draw.randint(0, 61))
            if draw.random() < 0.5:
                text += "." + "".join(draw.choice("0123456789") for _ in range(draw.randint(0, 8)))
            text += draw.choice(["", "Z", " Z", "+1", "-02:30", " +14:00", "+24:00", "-0"])
        made.append(text)
    return sorted(set(fixed + made))


WORDS = ["a", "b1", "yes", "1", "1.5", "~", "x y", "0x1f", "'q'", '"d\\n"', "1:30", "2026-01-01", "", "http://a/b", "a#b", "-1", "it's"]


def flow(depth):
    if depth == 0 or draw.random() < 0.4:
        return draw.choice([word for word in WORDS if word != ""])
    if draw.random() < 0.5:
        return "[" + ", ".join(flow(depth - 1) for _ in range(draw.randint(0, 3))) + draw.choice(["", "", " "]) + "]"
    return "{" + ", ".join("k%d: %s" % (i, flow(depth - 1)) for i in range(draw.randint(0, 3))) + "}"


def block(depth, indent):
    pad = " " * indent
    kind = draw.random()
    count = draw.randint(1, 3)
    lines = []
    for i in range(count):
        if draw.random() < 0.1:
            lines.append(draw.choice([pad + "# note", "", "   # far"]))
        head = "-" if kind < 0.4 else draw.choice(["k%d:" % i, "'k%d':" % i, '"k%d" :' % i, "%d:" % i, "yes%d:" % i])
        shape = draw.random()
        if depth > 0 and shape < 0.4:
            step = draw.choice([1, 2, 4])
            if kind < 0.4 and draw.random() < 0.5:
                body = block(depth - 1, indent + 2)
                first = next((n for n, line in enumerate(body) if line.strip() and not line.strip().startswith("#")), 0)
                lines.append(pad + "- " + body[first].strip())
                lines += body[first + 1 :]
            else:
                same = kind >= 0.4 and draw.random() < 0.3
                body = block(depth - 1, indent + (0 if same else step))
                lines.append(pad + head)
                lines += body
        elif shape < 0.5:
            style = draw.choice(["|", ">", "|-", ">-", "|+", ">+"])
            lines.append(pad + head + " " + style)
            for _ in range(draw.randint(1, 4)):
                lines.append(draw.choice([pad + "  text", pad + "    more", "", pad + "  - x: y # z", pad + "  "]))
            lines.append(pad + "  end")
        elif shape < 0.6:
            lines.append(pad + head + " " + draw.choice(["one", "'one", '"one']))
            quote = {"'": "'", '"': '"'}.get(lines[-1].split(" ")[-1][0], "")
            for _ in range(draw.randint(0, 2)):
                lines.append(draw.choice([pad + "   two", "", pad + "  three  "]))
            lines.append(pad + "  last" + quote)
        elif shape < 0.75:
            lines.append(pad + head + " " + flow(2) + draw.choice(["", " # c", "  "]))
        else:
            lines.append(pad + head + " " + draw.choice(WORDS))
    return lines


def documents():
    made = [
        "a: &x [1, 2]\nb: *x\n",
        "base: &base {a: 1, b: 2}\nc:\n  <<: *base\n  b: 3\n  d: 4\n",
        "base: &b {a: 1}\nother: &o {a: 2, c: 3}\nd: {<<: [*b, *o], e: 1}\n",
        "d:\n  e: 1\n  <<: {a: 1, e: 5}\n  f: 2\n",
        "a: &x 1\nb: &x 2\nc: *x\n",
        "<<: {a: 1}\nb: 2\n",
        "'<<': {a: 1}\n",
        "=: 1\nb: 2\n",
        "? a\n: b\n? c\n",
        "? |\n  long\n: - 1\n  - 2\n",
        "? [a]\n: 1\n",
        "{a, b: , c: 1}\n",
        "[a: 1, b]\n",
        "{a: [1, 2,], b: {},}\n",
        "- - 1\n  - 2\n-\n  - 3\n- \n",
        "a:\n- 1\n- 2\nb: 3\n",
        "a: 1\na: 2\n",
        "1: a\n'1': b\n",
        "1: a\n1.0: b\n",
        "true: a\nTrue: b\n",
        "1: a\n2.5: b\ntrue: c\n~: d\n2026-01-01: e\nnull_: f\n",
        "%YAML 1.1\n---\na: 1\n",
        "%YAML 1.2\n---\na: yes\n",
        "%TAG !e! tag:yaml.org,2002:\n---\na: !e!str 1\n",
        "--- a\n",
        "---\na: 1\n...\n",
        "---\na: 1\n---\nb: 1\n",
        "a: 1\n...\nb: 2\n",
        "a:\n\tb: 1\n",
        "a:\n  b: 1\n c: 2\n",
        "a: [1,\n2]\n",
        "a: {b: 1,\n  c: 2\n}\n",
        "a: 'x\n",
        "a: [1\n",
        "a: b: c\n",
        "a:b\n",
        "a : b\n",
        "- a\n b\n",
        "a: 1 #c\n#d\nb: 2\n",
        "a: 'it''s'\nb: \"q\\\"q\"\n",
        "a: \"x\\\n   y\"\n",
        "a: - b\n",
        "a: 1\r\nb: 2\r\n",
        "a: |\r\n  x\r\n  y\r\n",
        "a: 1\rb: 2\r",
        "\ufeffa: 1\n",
        "a: caf\u00e9 \U0001F600\n",
        "a: x\u00a0y\n",
        "a: \x07\n",
        "a: >\n  x\n  y\n\n\n  z\n   w\n  v\n",
        "a: >\n\n\n  x\n",
        "a: |3\n   x\n    y\n",
        "a: |1\n  x\n",
        "a: | # c\n  x\n",
        "a: |x\n  x\n",
        "a: >2-\n    x\n  y\n",
        "a: !!str\n  b\n",
        "a: &n\n  b: *n\n",
        "a: !local {b: 1}\n",
        "a: [&q x, *q, *q]\n",
        "*a : b\n",
        "&a a: &b b\n*a : *b\n",
        "a: ? b\n",
        "[[[[1]]]]\n",
        "{{a: 1}: 2}\n",
        "a: ]\n",
        "a: }\n",
        "a: ,\n",
        "[a, , b]\n",
        "{a: 1, , b: 2}\n",
        "[,]\n",
        "a: 'x' 'y'\n",
        "a: x 'y'\n",
        "a: \"\\xZZ\"\n",
        "a: @x\n",
        "a: %x\n",
        "a: `x\n",
        "%x\n",
        "a: -\n",
        "a: - 1\n",
        "-\n-\n- a\n",
        "a\n",
        "a\nb\n",
        "'a'\n'b'\n",
        "a: http://x:80/y?z#w\n",
        "a: [http://x:80/y, b]\n",
        "[a:b, c:d]\n",
        "{a:b}\n",
        "{a: b:c}\n",
        "{\"a\":1}\n",
        "{\"a\":1, \"b\":[true,null,1.5e3]}\n",
        "[\"a\":1]\n",
        "a: \"b\":c\n",
        "a: x # y: z\n",
        "a: x#y\n",
        "a:\n  - b\n - c\n",
        "a:\n - b\n  - c\n",
        "? a\n? b\n: 1\n",
        "a: b\n  c: d\n",
        "a: b\n  c\n",
        "a:\n  b\n  c\nd: e\n",
        "a: !!int\n",
        "a: !!null\nb: 1\n",
        "k%d: v\n" % 1,
        "x" * 130 + ": 1\n",
        "x" * 1100 + ": 1\n",
    ]
    for _ in range(260):
        made.append("\n".join(block(draw.randint(0, 3), 0)) + draw.choice(["\n", "", "\n\n"]))
    for _ in range(60):
        made.append("v: " + flow(4) + "\n")
    return made


json.dump(
    {
        "scalars": [case("k: %s\n" % text if "\n" not in text else "k: %s" % text) for text in scalars()],
        "documents": [case(text) for text in documents()],
    },
    sys.stdout,
    indent=0,
)
