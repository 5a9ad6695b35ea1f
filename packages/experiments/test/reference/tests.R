# Classical tests. Run in this folder: Rscript tests.R > ../fixtures/analysis/tests.json
source("json.R")
set.seed(77)
u <- round(rnorm(11, 10, 2), 3); v <- round(rnorm(14, 11.5, 3.1), 3); w <- round(rnorm(9, 9, 1.2), 3); p2 <- round(u + rnorm(11, 0.6, 1), 3)
tu <- round(u); tv <- round(v)
ht <- function(h) list(statistic = unname(h$statistic), parameter = if (is.null(h$parameter)) NULL else I(unname(h$parameter)), p = h$p.value, ci = if (is.null(h$conf.int)) NULL else I(as.numeric(h$conf.int)), estimate = if (is.null(h$estimate)) NULL else I(unname(h$estimate)))
alts <- c("two.sided", "greater", "less")
each <- function(f) setNames(lapply(alts, function(k) ht(suppressWarnings(f(k)))), alts)
g <- factor(rep(c("u", "v", "w"), c(11, 14, 9))); all <- c(u, v, w)
tk <- TukeyHSD(aov(all ~ g))$g
fr <- matrix(round(rnorm(20, 5, 2)), 5)
lev <- function(centre) { z <- abs(all - ave(all, g, FUN = centre)); t <- anova(lm(z ~ g)); c(t[["F value"]][1], t[["Pr(>F)"]][1]) }
ps <- c(0.0011, 0.04, 0.03, 0.6, 0.02, 0.04, 1e-7, 0.3)
pw <- suppressWarnings(pairwise.t.test(all, g, "holm"))$p.value
cx <- round(rnorm(12), 3); cy <- round(cx * 0.6 + rnorm(12), 3); tx <- round(cx); ty <- round(cy)
tab <- matrix(c(12, 3, 5, 9), 2, byrow = TRUE); tab3 <- matrix(c(10, 4, 6, 8, 12, 3), 2, byrow = TRUE)
desc <- function(z) c(mean(z), sd(z), sd(z) / sqrt(length(z)), quantile(z, c(0, .25, .5, .75, 1)), t.test(z)$conf.int)
emit(list(u = u, v = v, w = w, p2 = p2, tu = tu, tv = tv, describe = I(desc(v)),
  welch = each(function(k) t.test(u, v, alternative = k)), pooled = each(function(k) t.test(u, v, alternative = k, var.equal = TRUE)), paired = each(function(k) t.test(u, p2, paired = TRUE, alternative = k)),
  mw = each(function(k) wilcox.test(u, v, alternative = k, conf.int = TRUE)), mwTies = each(function(k) wilcox.test(tu, tv, alternative = k)),
  sr = each(function(k) wilcox.test(u, p2, paired = TRUE, alternative = k, conf.int = TRUE)), srTies = each(function(k) wilcox.test(tu, round(p2), paired = TRUE, alternative = k)),
  kruskal = ht(kruskal.test(all, g)), kruskalTies = ht(kruskal.test(round(all), g)), friedman = c(list(y = lapply(1:5, function(i) I(fr[i, ]))), ht(friedman.test(fr))),
  welchAnova = ht(oneway.test(all ~ g)), oneWay = ht(oneway.test(all ~ g, var.equal = TRUE)), levene = I(lev(mean)), brown = I(lev(median)),
  tukey = list(names = I(rownames(tk)), diff = I(tk[, 1]), low = I(tk[, 2]), high = I(tk[, 3]), p = I(tk[, 4])), pairwiseHolm = I(c(pw["v", "u"], pw["w", "u"], pw["w", "v"])),
  p = ps, adjust = setNames(lapply(c("none", "bonferroni", "holm", "hochberg", "hommel", "BH", "BY"), function(k) I(p.adjust(ps, k))), c("none", "bonferroni", "holm", "hochberg", "hommel", "bh", "by")),
  cx = cx, cy = cy, pearson = each(function(k) cor.test(cx, cy, alternative = k)), kendall = each(function(k) cor.test(cx, cy, method = "kendall", alternative = k)), kendallTies = each(function(k) cor.test(tx, ty, method = "kendall", exact = FALSE, alternative = k)),
  fisher = each(function(k) fisher.test(tab, alternative = k)), chisq = ht(chisq.test(tab)), chisqPlain = ht(chisq.test(tab, correct = FALSE)), chisq3 = ht(chisq.test(tab3)), wilson = I(prop.test(12, 15, correct = FALSE)$conf.int)))
