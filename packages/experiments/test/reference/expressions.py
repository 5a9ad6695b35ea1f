"""Reference values for Expression: generated expressions under the rules of the constraint language.

Run: python3 expressions.py > ../fixtures/expressions.json
Made with CPython 3.11. The grammar is Python's own (`ast`), and so is each single operation; what is allowed, `and`/`or`
over all sides, the dot on a dict and the boolean result are the rules of the language. Random by a fixed seed; the output
is the same each time.
"""

import ast
import json
import operator
import random
import sys
import warnings

warnings.simplefilter("ignore")
draw = random.Random(20260104)

CONTEXT = {
    "x": 2,
    "y": 3,
    "neg": -7,
    "zero": 0,
    "big": 12345678901234567890123,
    "f": 1.5,
    "g": 2.0,
    "tiny": 1e-07,
    "on": True,
    "off": False,
    "none": None,
    "mode": "tool",
    "empty": "",
    "uni": "caf\u00e9 \U0001F600",
    "digits": " 12_0 ",
    "values": [1, 2, 3],
    "mixed": [1, "a", None, 2.0, [True]],
    "obj": {"attr": "ok", "n": 1, "inner": {"k": [1]}},
    "factors": {"mode": "tool", "x": 2},
    "blocks": {"cohort": "a"},
}

BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Mod: operator.mod}
COMPARE = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
FUNCTIONS = {"len": len, "int": int, "float": float, "str": str, "bool": bool}


class ValidationError(ValueError):
    pass


def check(node):
    """Everything that is not of the language is refused before anything is evaluated."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, (bytes, complex)):
            raise ValidationError("constant")
    elif isinstance(node, ast.Name):
        pass
    elif isinstance(node, (ast.List, ast.Tuple)):
        for item in node.elts:
            check(item)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values):
            if key is None:
                raise ValidationError("spread")
            check(key)
            check(value)
    elif isinstance(node, ast.Attribute):
        check(node.value)
    elif isinstance(node, ast.Subscript):
        check(node.value)
        check(node.slice)
    elif isinstance(node, ast.BoolOp):
        for item in node.values:
            check(item)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.UAdd, ast.USub)):
        check(node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        check(node.left)
        check(node.right)
    elif isinstance(node, ast.Compare) and all(type(op) in COMPARE for op in node.ops):
        check(node.left)
        for item in node.comparators:
            check(item)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS and not node.keywords:
        for item in node.args:
            check(item)
    else:
        raise ValidationError(type(node).__name__)


def value(node):
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in CONTEXT:
            raise ValidationError(node.id)
        return CONTEXT[node.id]
    if isinstance(node, ast.List):
        return [value(item) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(value(item) for item in node.elts)
    if isinstance(node, ast.Dict):
        return {value(key): value(item) for key, item in zip(node.keys, node.values)}
    if isinstance(node, ast.Attribute):
        owner = value(node.value)
        return owner.get(node.attr) if isinstance(owner, dict) else getattr(owner, node.attr)
    if isinstance(node, ast.Subscript):
        owner = value(node.value)
        return owner[value(node.slice)]
    if isinstance(node, ast.BoolOp):
        sides = [bool(value(item)) for item in node.values]
        return all(sides) if isinstance(node.op, ast.And) else any(sides)
    if isinstance(node, ast.UnaryOp):
        item = value(node.operand)
        return (not item) if isinstance(node.op, ast.Not) else +item if isinstance(node.op, ast.UAdd) else -item
    if isinstance(node, ast.BinOp):
        left = value(node.left)
        right = value(node.right)
        if isinstance(node.op, ast.Mod) and isinstance(left, str):
            raise ValidationError("formatting")
        return BINARY[type(node.op)](left, right)
    if isinstance(node, ast.Compare):
        left = value(node.left)
        for op, item in zip(node.ops, node.comparators):
            right = value(item)
            if not COMPARE[type(op)](left, right):
                return False
            left = right
        return True
    return FUNCTIONS[node.func.id](*[value(item) for item in node.args])


def case(text):
    try:
        tree = ast.parse(text, mode="eval").body
        check(tree)
        result = value(tree)
        if not isinstance(result, bool):
            raise ValidationError("not a boolean")
        return {"expression": text, "result": result}
    except Exception as error:
        return {"expression": text, "error": type(error).__name__}


NAMES = list(CONTEXT)
LITERALS = ["0", "1", "2", "3", "-1", "7", "10", "1.0", "2.5", "0.5", "1e3", "1_000", "0x1f", "0o17", "0b11", "'a'", '"tool"', "'1'", "''", "True",
            "False", "None", "[]", "()", "{}", "[1, 2]", "(1, 2)", "(1,)", "{'a': 1}", "'''t'''", "r'\\n'", "u'x'", "'a' 'b'", "'\\x41\\u00e9\\n'"]
ODD = ["x // 2", "x ** 2", "x & 1", "x | 1", "x ^ 1", "~x", "x << 1", "x >> 1", "x @ y", "x is y", "x is not y", "x if y else 1", "lambda: 1",
       "lambda a, *b, c=1, **d: a", "[v for v in values]", "{v for v in values}", "{v: 1 for v in values}", "(v for v in values)", "{1, 2}", "{*values}",
       "[*values]", "(*values, 1)", "{**obj}", "values[0:1]", "values[:]", "values[::2]", "values[1:2, 0]", "(z := 1)", "f'{x}'", "b'a'", "1j", "2.5J",
       "mode.upper()", "sum(values)", "int(x=2)", "int(*values)", "int(**obj)", "len(v for v in values)", "(lambda: 1)()", "values[0]()", "(yield)",
       "(yield x)", "(yield from x)", "await x", "x.y.z()", "print", "type(x)", "__import__('os')", "().__class__.__bases__", "[x for x in values if x > 1]",
       "[a for a, b in values]", "[a for (a, b), *c in values for d in a if d if a]", "{1: 2, **obj}", "*values,", "str(b'a')", "rb'x'", "F'{x!r:>{y}}'"]
BROKEN = ["x ==", "== x", "x = 2", "x == 2; y == 3", "", " ", "# only", "x y", "1 2", "(x", "x)", "[1", "{1: }", "{:1}", "{1: 2, 3}", "{1, 2: 3}", "x.", ".x",
          "x.1", "x[", "x[]", "not", "x not y", "x in", "x and", "and x", "or", "if", "x if y", "x else y", "lambda", "lambda x", "for x in y", "'abc", '"abc',
          "'a\nb'", "'''a", "1.2.3", "1__0", "1_", "0x", "0xg", "0b2", "0o8", "012", "00", "0_0", "1e", "1e+", "1abc", "1if", "$x", "x?", "x!", "x ! y", "x <> y",
          "x === y", "x && y", "x || y", "`x`", "x := 1", "x += 1", "def f(): pass", "return x", "import os", "del x", "pass", "yield x", "None = 1", "(x,,y)", "[,]",
          "{,}", "(,)", "f(x,,y)", "int(x y)", "int(x for x in y, 1)", "int(a=1, 2)", "int(**a, b)", "*x", "(*x)", "**x", "x; ", "\\", "x \\", "x == \\\n2", "(x ==\n2)",
          "x ==\n2", "x == 2\n", "x == 2\n\n", "\nx == 2", "x == 2 # note", "x == 2\n# note\n", "(x == 2 # note\n)", "'\\x4'", "'\\u12'", "'\\U00110000'", "'\\q' == 'x'",
          "'\\101' == 'A'", "'\\0' == ''", "u'a' == 'a'", "ur'a'", "bb'a'", "'a' b'b'", "'a' f'b'", "R'\\'' == 'x'", "r'\\'", "'it\\'s' == \"it's\"", "True == 1", "true", "x\t==\t2",
          "x==2or y==3", "1or 0", "1 if 1else 2", "0x1for x in y", "x<y<big", "x<y>zero", "not x==y", "not(x==y)", "- -x == x", "-+x == -2", "x--1 == 3", "x - -1 == 3", "(((x)))==2",
          "...", "... == ...", "... in [...]", "Ellipsis", "async", "await", "print x", "exec 'x'", "x.if", "x.None", "None.x", "True.real == 1", "1 .real == 1", "1.real", "1..real == 1.0",
          "x .real == 2", "mode.nope == 1", "f.is_integer == 1", "values.append == values.append", "mode.upper == 'TOOL'", "bool(mode.upper)", "obj.missing == None", "obj.attr.upper == 1",
          "obj.inner.k[0] == 1", "obj['inner']['k'] == [1]", "obj['nope'] == 1", "obj[1] == 1", "obj[[1]] == 1", "{[1]: 2} == 1", "{1: 'a', 1.0: 'b', True: 'c'} == {1: 'c'}", "{(1, 2): 3}[(1, 2)] == 3",
          "values[-1] == 3", "values[-4] == 3", "values[True] == 2", "values[1.0] == 2", "values['1'] == 2", "values[1, 2] == 2", "mode[-1] == 'l'", "mode[4] == 'l'", "uni[5] == '\U0001F600'", "len(uni) == 6",
          "x[0] == 1", "none[0] == 1", "len(x) == 1", "len() == 1", "len(values, 1) == 1", "int() == 0", "float() == 0.0", "str() == ''", "bool() == False", "bool(1, 2)", "str(1, 2)", "int('z', 36) == 35",
          "int('0x1f', 16) == 31", "int('0x1f', 0) == 31", "int('1f') == 31", "int('12', 2)", "int(12, 10)", "int('1', 1)", "int('1', 37)", "int('010', 0)", "int('0b1', 16) == 177", "int('0_1') == 1", "int('_1')", "int('1_')",
          "int(digits) == 120", "int('') == 0", "int('1.0')", "int('+5') == 5", "int('- 5')", "int(2.7) == 2", "int(-2.7) == -2", "int(float('nan'))", "int(float('inf'))", "int(none)", "int(values)", "int(True) == 1",
          "float('1e3') == 1000", "float(' -Infinity ') < 0", "float('nan') == float('nan')", "float('1_0.5') == 10.5", "float('_1')", "float('1__0')", "float('.5') == 0.5", "float('5.') == 5", "float('.')", "float('0x1')", "float('')",
          "float(none)", "float(values)", "float(big) == 12345678901234567890123.0", "float('1e400') > big", "str(1.0) == '1.0'", "str(tiny) == '1e-07'", "str(big) == '12345678901234567890123'", "str(none) == 'None'", "str(on) == 'True'",
          "str(values) == '[1, 2, 3]'", "str(mixed) == \"[1, 'a', None, 2.0, [True]]\"", "str((1,)) == '(1,)'", "str({'a': 1}) == \"{'a': 1}\"", "str([\"it's\"]) == '[\"it\\'s\"]'", "str(...) == 'Ellipsis'", "str(uni) == uni", "str(['\u00e9']) == \"['\u00e9']\"",
          "big + 1 == 12345678901234567890124", "big * big % 1000 == 129", "big / 3 == 4.115226300411523e+21", "1 / 3 == 0.3333333333333333", "7 / 2 == 3.5", "big / big == 1.0", "big % 7 == 0", "-7 % 3 == 2", "7 % -3 == -2", "-7.5 % 2 == 0.5", "7.5 % -2 == -0.5",
          "0.0 % -3 == 0", "str(0.0 % -3) == '-0.0'", "str(-0.0) == '-0.0'", "5 % 0", "5.0 % 0", "5 / 0", "5 / 0.0", "0 / 5 == 0.0", "10000000000000001 / 3 == 3333333333333333.5", "9007199254740993 == 9007199254740992.0", "9007199254740993 > 9007199254740992.0", "9007199254740993 / 1 == 9007199254740992.0",
          "1e308 * 10 == float('inf')", "'a' + 'b' == 'ab'", "'a' * 3 == 'aaa'", "3 * 'a' == 'aaa'", "'a' * -1 == ''", "'a' * 1.0", "'a' * 'a'", "[1] * 2 == [1, 1]", "2 * (1,) == (1, 1)", "[1] + [2] == [1, 2]", "[1] + (2,)", "(1,) + (2,) == (1, 2)", "[1] - [1]", "{'a': 1} + {'b': 2}", "'a' - 'b'", "True + True == 2",
          "-True == -1", "+False == 0", "-'a'", "-none", "not 'a'", "'%d' % 1", "[1] % 1", "none + 1", "none < 1", "1 < 'a'", "'a' < 'B'", "'\uff5e' < '\U0001F600'", "[1, 2] < [1, 'a']", "[1, 2] < [2, 'a']", "[1] < (1,)", "(1, 2) < (1, 2, 3)", "{} < {}", "{'a': 1} == {'a': 1.0}", "[] == ()", "'' == none", "1 == True == 1.0",
          "1 in values", "1.0 in values", "'1' in values", "'oo' in mode", "1 in mode", "'' in mode", "'mode' in factors", "[1] in factors", "1 in 1", "1 in none", "1 not in values", "None in mixed", "[1] in mixed", "[1.0] in mixed", "x and y", "x or y", "none or none", "x and 1 / zero", "zero and 1 / zero", "on or unknown", "unknown == 1",
          "1 < 0 < unknown", "1 > 0 > unknown", "x == 2 == True", "(x == 2) == True", "not not x", "x == y != zero", "x in values in [values]", "{'a': x}['a'] == 2", "{'a': x}.a == 2", "{}.a == None", "[x, y][0] == 2", "(x, y)[1] == 3", "'abc'[0] == 'a'", "factors.mode == mode", "factors == {'x': 2, 'mode': 'tool'}", "x,", "(x == 2,)", "[x == 2]", "[x for in values]", "[x for a, in values]", "obj[*y >= none]", "'' * big", "values * big", "big * []", "[] * -big", "values[big]", "mode[-big]"]


def expression(depth):
    kind = draw.random()
    if depth == 0 or kind < 0.2:
        return draw.choice(NAMES) if draw.random() < 0.5 else draw.choice(LITERALS)
    if kind < 0.4:
        return "%s %s %s" % (expression(depth - 1), draw.choice(["+", "-", "*", "/", "%"]), expression(depth - 1))
    if kind < 0.65:
        return "%s %s %s" % (expression(depth - 1), draw.choice(["==", "!=", "<", "<=", ">", ">=", "in", "not in"]), expression(depth - 1))
    if kind < 0.75:
        return "%s %s %s" % (expression(depth - 1), draw.choice(["and", "or"]), expression(depth - 1))
    if kind < 0.82:
        return "%s%s" % (draw.choice(["not ", "-", "+"]), expression(depth - 1))
    if kind < 0.9:
        return "(%s)" % expression(depth - 1)
    if kind < 0.95:
        return "%s(%s)" % (draw.choice(list(FUNCTIONS)), expression(depth - 1))
    if kind < 0.97:
        return "%s[%s]" % (draw.choice(["values", "mixed", "mode", "obj", "factors"]), expression(depth - 1))
    if kind < 0.98:
        return "[%s, %s]" % (expression(depth - 1), expression(depth - 1))
    return draw.choice(ODD)


def comparison(depth):
    return "%s %s %s" % (expression(depth), draw.choice(["==", "!=", "<", ">=", "in"]), expression(depth))


def broken():
    text = comparison(2)
    at = draw.randrange(len(text))
    return text[:at] + draw.choice(["", "", "=", "(", ")", "'", ",", ".", ":", " ", "not ", "*"]) + text[at + draw.randint(0, 1) :]


texts = ODD + ["%s == 1" % odd for odd in ODD] + BROKEN
texts += [comparison(draw.randint(1, 3)) for _ in range(500)] + [broken() for _ in range(200)]
texts = [text for text in dict.fromkeys(texts) if not text[:1].isspace()]
json.dump({"context": CONTEXT, "cases": [case(text) for text in texts]}, sys.stdout, indent=0)
