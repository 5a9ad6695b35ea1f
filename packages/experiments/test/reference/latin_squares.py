"""How many Latin squares of order 3 and 4 there are, by trying every list of rows.

python3 test/reference/latin_squares.py
"""
import itertools

for n in (3, 4):
    rows = list(itertools.permutations(range(n)))
    squares = itertools.product(rows, repeat=n)
    print(n, sum(all(len(set(column)) == n for column in zip(*square)) for square in squares))
