"""Writes fixtures/skeleton/skan.json: the branches that skan has of lines which cross and meet.

Run with: python3 skan_branches.py DIRECTORY, where DIRECTORY holds skan's package (github.com/jni/skan, commit
94ec591f4a2763795b84141d6a85cb6fd0ab6b2a, BSD-3) as `skan`; with Debian 12's scikit-image 0.19.3, SciPy 1.10.1, NumPy 1.24.2, pandas
1.5.3, networkx 2.8.8. Numba is stood in for: its functions run as Python. Lines stand apart, so that junctions are simple:
where several junction pixels touch, skan counts branches between them and we do not. `SkanBranches.test.ts` makes the
pictures again from the same 32-bit LCG.
"""
import json
import os
import sys
import types

nb=types.ModuleType('numba')
def deco(*a,**k):
    if len(a)==1 and callable(a[0]) and not k: return a[0]
    return lambda f:f
nb.jit=nb.njit=deco; nb.prange=range
class T:
    def __getattr__(s,n): return T()
    def __getitem__(s,i): return T()
    def __call__(s,*a,**k): return T()
for n in 'bool_ int32 int64 float64 float32 intp boolean uint8 types typed typeof void'.split(): setattr(nb,n,T())
exp=types.ModuleType('numba.experimental'); exp.jitclass=lambda *a,**k:(a[0] if a and isinstance(a[0],type) else (lambda c:c))
nb.experimental=exp; sys.modules['numba']=nb; sys.modules['numba.experimental']=exp
try: import toolz
except ImportError:
    tz=types.ModuleType('toolz'); tz.curry=lambda f:f; sys.modules['toolz']=tz
pk=types.ModuleType('skan'); pk.__path__=[os.path.join(sys.argv[1],'skan')]; sys.modules['skan']=pk
from skan import csr
import numpy as np


def lines(seed, width, height):
    state = seed
    def following():
        nonlocal state
        state = (1664525 * state + 1013904223) % 2**32
        return state >> 16
    mask = np.zeros((height, width), bool)
    for _ in range(14):
        across, line, start, length = following() % 2, following(), following(), 8 + following() % 40
        if across:
            y, x = 6 * (line % 10) + 3, 1 + start % (width - 12)
            mask[y, x : min(width - 1, x + length)] = True
        else:
            x, y = 6 * (line % 14) + 3, 1 + start % (height - 12)
            mask[y : min(height - 1, y + length), x] = True
    return mask


scenes = []
for seed in range(1, 13):
    mask = lines(seed, 85, 61)
    table = csr.summarize(csr.Skeleton(mask), separator='-')
    rows = sorted([int(t), round(float(d), 6)] for t, d in zip(table['branch-type'], table['branch-distance']))
    scenes.append({'seed': seed, 'width': 85, 'height': 61, 'pixels': int(mask.sum()), 'branches': rows})
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, '..', 'fixtures', 'skeleton', 'skan.json'), 'w') as f:
    f.write('[\n' + ',\n'.join('  ' + json.dumps(s) for s in scenes) + '\n]\n')
