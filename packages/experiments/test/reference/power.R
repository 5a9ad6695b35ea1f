# Reference values for test/power. Rscript power.R > ../fixtures/power.json   (Debian: r-cran-pwr, r-cran-jsonlite)
suppressMessages({library(pwr); library(jsonlite)})
t <- list(); f <- list()
for (n in c(2, 5, 20, 150)) for (d in c(0, 0.2, 0.8, 2)) for (alpha in c(0.05, 0.01)) {
  t[[length(t) + 1]] <- list(n = n, d = d, alpha = alpha,
    two = power.t.test(n = n, delta = d, sd = 1, sig.level = alpha, strict = TRUE)$power,
    one = power.t.test(n = n, delta = d, sd = 1, sig.level = alpha, alternative = "one.sided")$power)
}
for (k in c(2, 3, 6)) for (n in c(3, 10, 40)) for (eff in c(0.1, 0.4)) {
  f[[length(f) + 1]] <- list(k = k, n = n, f = eff, power = pwr.anova.test(k = k, n = n, f = eff, sig.level = 0.05)$power)
}
mde <- power.t.test(n = 25, power = 0.8, sd = 2, sig.level = 0.05, strict = TRUE, tol = 1e-12)$delta
need <- ceiling(power.t.test(delta = 0.5, power = 0.9, sd = 1, sig.level = 0.05, strict = TRUE)$n)
cat(toJSON(list(source = paste(R.version.string, "pwr", packageVersion("pwr")), t = t, f = f, mde = mde, need = need), digits = 14, auto_unbox = TRUE))
