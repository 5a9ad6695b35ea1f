# Reference values for test/power/Power.test.ts: designs of a study by R's own formulas.
# Rscript power_plans.R > ../fixtures/power_plans.json   (Debian: r-base-core, r-cran-pwr, r-cran-jsonlite)
suppressMessages({library(pwr); library(jsonlite)})
one <- function(n, d, alpha, alternative = "two.sided") power.t.test(n = n, delta = d, sd = 1, sig.level = alpha, strict = TRUE, alternative = alternative)$power
# A 2 x 3 factorial with 8 replicates: arm (24 a side) and dose (16 a level), error with 48 - 6 degrees of freedom.
df <- 42
arm <- pf(qf(0.95, 1, df), 1, df, ncp = 48 * 0.4^2, lower.tail = FALSE)
dose <- pf(qf(0.95, 2, df), 2, df, ncp = 16 * 2 * 0.5^2, lower.tail = FALSE)
# Interaction of arm and dose: difference of differences 1 between the outer doses; cells differ by +-1/4, 0 in the middle.
interaction <- pf(qf(0.95, 2, df), 2, df, ncp = 8 * 4 * 0.25^2, lower.tail = FALSE)
# Fisher's exact test, 20 and 20, rates 0.2 and 0.6: all tables.
fisher <- 0
for (a in 0:20) for (b in 0:20) if (fisher.test(matrix(c(a, 20 - a, b, 20 - b), 2))$p.value <= 0.05)
  fisher <- fisher + dbinom(a, 20, 0.6) * dbinom(b, 20, 0.2)
chi <- 0
for (a in 0:20) for (b in 0:20) { p <- suppressWarnings(chisq.test(matrix(c(b, 20 - b, a, 20 - a), 2, byrow = TRUE))$p.value)
  if (!is.nan(p) && p <= 0.05) chi <- chi + dbinom(a, 20, 0.6) * dbinom(b, 20, 0.2) }
# Six blocks, both arms twice in each: n = 24, error with 24 - 7 degrees of freedom.
blocks <- { ncp <- 1 / sqrt(2 / 12); t <- qt(0.975, 17); pt(t, 17, ncp, lower.tail = FALSE) + pt(-t, 17, ncp) }
cat(toJSON(list(source = paste(R.version.string, "pwr", packageVersion("pwr")),
  welch = one(24, 0.8, 0.05), oneSided = one(24, 0.8, 0.05, "one.sided"), bonferroni = one(24, 0.8, 0.05 / 4),
  mde = power.t.test(n = 24, power = 0.8, sd = 1, sig.level = 0.05, strict = TRUE, tol = 1e-12)$delta,
  perArm = ceiling(power.t.test(delta = 0.8, power = 0.8, sd = 1, sig.level = 0.05, strict = TRUE)$n),
  arm = arm, dose = dose, interaction = interaction, fisher = fisher, chi = chi, blocks = blocks), digits = 14, auto_unbox = TRUE))
