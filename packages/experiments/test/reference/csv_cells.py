"""Cells as CPython's csv writes them: the expected values of CanonicalText.test.ts."""
import csv, datetime, io

values = ["plain", "a,b", 'a"b', "a\nb", "a\rb", " x ", "'x'", "=1+1", "a;b\tc", "caf\u00e9", None, True, 3, 1.0, 1e-07,
          1e16, float("nan"), [1, "a"], {"a": None}, datetime.date(2026, 1, 1), 12345678901234567890]
for value in values:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow([value, "end"])
    print(repr(value), "->", repr(out.getvalue().removesuffix(",end\r\n")))
for row in ([""], ["", ""]):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(row)
    print(row, "->", repr(out.getvalue()))
