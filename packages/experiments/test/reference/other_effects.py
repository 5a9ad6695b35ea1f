"""Power of Welch's t test in a 2 x 3 factorial whose other factor has an effect, by simulation with numpy and scipy."""

import numpy as np
from scipy import stats

rng = np.random.default_rng(1)
studies, replicates, effect = 100_000, 8, 0.8
doses = np.tile(np.array([-3.0, 0.0, 3.0]), replicates)
old = doses + rng.normal(size=(studies, doses.size))
new = doses + effect + rng.normal(size=(studies, doses.size))
p = stats.ttest_ind(new, old, axis=1, equal_var=False).pvalue
print((p < 0.05).mean())
