"""Resampling with CPython's own generator, exact permutation, equivalence, effect sizes, Dunnett, Lenth.
Run: python3 resampling.py > ../fixtures/analysis/resampling.json"""
import json, math, random, itertools
import numpy as np, scipy
from scipy import stats, integrate, optimize

u = [10.2, 9.1, 12.4, 8.8, 11.0, 10.9, 13.1]
v = [11.9, 12.7, 10.4, 14.2, 13.3, 12.1]
out = {"source": f"scipy {scipy.__version__}, CPython random", "u": u, "v": v}

def draw(r, sample):
    return [sample[r._randbelow(len(sample))] for _ in sample]

def boot(seed, b):
    r = random.Random(seed)
    return np.array([np.mean(draw(r, u)) - np.mean(draw(r, v)) for _ in range(b)])

values = boot(42, 2000)
out["percentile"] = [float(q) for q in np.quantile(values, [0.025, 0.975])]
est = np.mean(u) - np.mean(v)
share = (np.sum(values < est) + np.sum(values <= est)) / 2 / len(values)
z0 = stats.norm.ppf(share)
num = den = 0.0
for k, s in enumerate((u, v)):
    left = []
    for i in range(len(s)):
        part = s[:i] + s[i + 1:]
        left.append(np.mean(part) - np.mean(v) if k == 0 else np.mean(u) - np.mean(part))
    left = np.array(left)
    infl = (len(s) - 1) * (left.mean() - left)
    num += np.sum(infl ** 3) / len(s) ** 3
    den += np.sum(infl ** 2) / len(s) ** 2
a = num / (6 * den ** 1.5)
def shift(p):
    z = z0 + stats.norm.ppf(p)
    return stats.norm.cdf(z0 + z / (1 - a * z))
out["bca"] = [float(q) for q in np.quantile(values, [shift(0.025), shift(0.975)])]

def perm(alternative):
    res = stats.permutation_test((u, v), lambda x, y: np.mean(x) - np.mean(y), n_resamples=np.inf, alternative=alternative)
    return float(res.pvalue)
out["permutation"] = {"less": perm("less"), "greater": perm("greater")}
pool = np.array(u + v); obs = abs(est); c = t = 0
for left in itertools.combinations(range(13), 7):
    m = np.zeros(13, bool); m[list(left)] = True
    t += 1; c += abs(pool[m].mean() - pool[~m].mean()) >= obs - 1e-9
out["permutation"]["two-sided"] = c / t
x, y = u[:6], v
out["paired"] = sum(abs(sum(s * (p - q) for s, p, q in zip(signs, x, y))) >= abs(sum(p - q for p, q in zip(x, y))) - 1e-9 for signs in itertools.product((1, -1), repeat=6)) / 64

# Equivalence (Welch), margin 3.
r1 = stats.ttest_ind(np.array(u) + 3, v, equal_var=False, alternative="greater"); r2 = stats.ttest_ind(np.array(u) - 3, v, equal_var=False, alternative="less")
out["tost"] = {"p": float(max(r1.pvalue, r2.pvalue)), "ci": [float(q) for q in stats.ttest_ind(u, v, equal_var=False).confidence_interval(0.9)]}
# Cohen d and Hedges g with noncentral t interval.
n1, n2 = len(u), len(v); df = n1 + n2 - 2
sp = math.sqrt(((n1 - 1) * np.var(u, ddof=1) + (n2 - 1) * np.var(v, ddof=1)) / df)
d = est / sp; per = math.sqrt(1 / n1 + 1 / n2); tt = d / per
lo = optimize.brentq(lambda k: stats.nct.sf(tt, df, k) - 0.025, -8, 8, xtol=1e-13); hi = optimize.brentq(lambda k: stats.nct.cdf(tt, df, k) - 0.025, -8, 8, xtol=1e-13)
j = math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)
out["d"] = [float(d), lo * per, hi * per]; out["g"] = [float(d * j), lo * per * j, hi * per * j]
# Fieller's interval of the ratio by root finding on its definition.
m1, m2, s1, s2 = np.mean(u), np.mean(v), np.var(u, ddof=1) / n1, np.var(v, ddof=1) / n2
rho = m1 / m2; dfr = (s1 + rho ** 2 * s2) ** 2 / (s1 ** 2 / (n1 - 1) + (rho ** 2 * s2) ** 2 / (n2 - 1)); tc = stats.t.ppf(0.975, dfr)
f = lambda r: (m1 - r * m2) ** 2 - tc ** 2 * (s1 + r * r * s2)
out["ratio"] = [float(rho), optimize.brentq(f, 0.1, rho, xtol=1e-14), optimize.brentq(f, rho, 3, xtol=1e-14)]
# Shape.
out["shape"] = [float(stats.skew(v)), float(stats.kurtosis(v))]
out["spearman"] = [float(q) for q in (lambda r: (r.statistic, r.pvalue))(stats.spearmanr(u[:6], v))]
# Dunnett: upper probability of the largest |t|, by adaptive quadrature; and by scipy's own (random) integration for the order of size.
def upper(t, loads, df):
    def inner(s):
        g = lambda z: stats.norm.pdf(z) * np.prod([stats.norm.cdf((t * s - l * z) / math.sqrt(1 - l * l)) - stats.norm.cdf((-t * s - l * z) / math.sqrt(1 - l * l)) for l in loads])
        return integrate.quad(g, -10, 10, epsabs=1e-13, epsrel=1e-12)[0]
    dens = lambda s: math.exp(math.log(2) + df / 2 * math.log(df / 2) - math.lgamma(df / 2) + (df - 1) * math.log(s) - df * s * s / 2)
    return 1 - integrate.quad(lambda s: dens(s) * inner(s), 1e-9, 6, epsabs=1e-12, epsrel=1e-11, limit=200)[0]
out["dunnett"] = [[t, loads, df, upper(t, loads, df)] for t, loads, df in [(2.38, [0.5 ** 0.5] * 2, 20), (2.2, [0.6, 0.75, 0.5], 7), (3.5, [0.5 ** 0.5] * 4, 12), (1.0, [0.7, 0.7], 3)]]
w = [9.0, 8.2, 9.9, 8.1, 9.3]
dn = stats.dunnett(np.array(v), np.array(w), control=np.array(u), rng=np.random.default_rng(1))
out["w"] = w; out["dunnettScipy"] = {"statistic": [float(q) for q in dn.statistic], "p": [float(q) for q in dn.pvalue]}
print(json.dumps(out, indent=1))
