"""What Python's csv module reads and writes for the texts in BuildDesign.test.ts and GenerateDoe.test.ts.

Run with: python3 classic_csv.py
"""

import csv
import io

TEXTS = [
    'a,b\r\n"x,""y""",1\r\n\r\n"l1\nl2",2\r\n',
    "a,b\rp,1\rq",
    'b,a\n"1"2,p"q"\n',
    "a,b\n",
    "",
    "a,b,\np,1,\n",
]

for text in TEXTS:
    # As a file that was opened with newline="": any of the three line ends, none of them changed.
    lines = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", newline="")
    print(repr(text), [dict(row) for row in csv.DictReader(lines)])

out = io.StringIO(newline="")
writer = csv.DictWriter(out, fieldnames=["a,b"])
writer.writeheader()
for value in ['x"y\n', None, True, 1e16, [1, "q"]]:
    writer.writerow({"a,b": value})
print(repr(out.getvalue()))

empty = io.StringIO(newline="")
csv.DictWriter(empty, fieldnames=[]).writeheader()
print(repr(empty.getvalue()))
