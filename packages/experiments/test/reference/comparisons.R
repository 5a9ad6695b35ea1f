# Comparisons in designs that are not balanced, in blocks, or with several runs of one subject.
# Run in this folder: Rscript comparisons.R > ../fixtures/analysis/comparisons.json
source("json.R")
suppressMessages(library(car))
set.seed(11)
# A 2 x 2 study in which runs were lost, so that plain means of a point the other way than its effect.
lost <- data.frame(a = rep(c("a1", "a2"), c(8, 8)), b = rep(c("b1", "b2", "b1", "b2"), c(6, 2, 2, 6)))
lost$y <- round(10 * (lost$b == "b2") - 2 * (lost$a == "a2") + rnorm(16, 0, 0.5), 4)
lostRow <- Anova(lm(y ~ a * b, lost), type = 2)["a", ]
# A covariate that differs between arms.
age <- round(rep(c(30, 50), each = 6) + runif(12, 0, 10), 3)
cov <- data.frame(arm = rep(c("base", "new"), each = 6), age = age, y = round(0.5 * age - 2 * rep(0:1, each = 6) + rnorm(12, 0, 0.4), 4))
covRow <- Anova(lm(y ~ age + arm, cov))["arm", ]
# Four subjects, three treatments, three runs of each.
rep3 <- expand.grid(run = 1:3, treatment = c("t1", "t2", "t3"), subject = 1:4)
cell <- rnorm(12)
rep3$y <- round(rep(rnorm(4, 0, 2), each = 9) + rep(cell, each = 3) + 0.8 * (rep3$treatment == "t3") + rnorm(36, 0, 0.2), 4)
e <- summary(aov(y ~ treatment + Error(factor(subject) / treatment), rep3))[[2]][[1]]
m3 <- aggregate(y ~ subject + treatment, rep3, mean)
l3 <- summary(lm(y ~ factor(subject) + treatment, m3))$coefficients["treatmentt3", ]
# The same with one run lost: means of what is left.
m3l <- aggregate(y ~ subject + treatment, rep3[-5, ], mean)
a3l <- anova(lm(y ~ factor(subject) + treatment, m3l))["treatment", ]
# A split plot in blocks: the whole-plot factor is compared between plots, within days.
sp <- data.frame(day = rep(c("m", "t", "w"), each = 8), plot = rep(1:12, each = 2), a = rep(rep(c("a1", "a2"), each = 2), 6), b = rep(c("b1", "b2"), 12))
sp$y <- round(c(m = 0, t = 9, w = -9)[sp$day] + rep(rnorm(12), each = 2) + 1.5 * (sp$a == "a2") + rnorm(24, 0, 0.5), 4)
sp$y <- unname(sp$y)
pm <- aggregate(y ~ day + plot + a, sp, mean)
pl <- summary(lm(y ~ day + a, pm))$coefficients["aa2", ]
# The same with one whole plot lost: its factor is compared within days.
lp <- sp[sp$plot != 3, ]; lm3 <- aggregate(y ~ day + plot + a, lp, mean)
pll <- summary(lm(y ~ day + a, lm3))$coefficients["aa2", ]
num <- function(r) unname(as.numeric(r))
emit(list(
  lost = list(a = I(lost$a), b = I(lost$b), y = I(lost$y), f = lostRow[["F value"]], p = lostRow[["Pr(>F)"]], estimate = num(coef(lm(y ~ a + b, lost))["aa2"]), plain = num(diff(tapply(lost$y, lost$a, mean)))),
  covariate = list(arm = I(cov$arm), age = I(cov$age), y = I(cov$y), p = covRow[["Pr(>F)"]], estimate = num(coef(lm(y ~ age + arm, cov))["armnew"]), plain = num(diff(tapply(cov$y, cov$arm, mean)))),
  repeats = list(subject = I(rep3$subject), treatment = I(as.character(rep3$treatment)), y = I(rep3$y), f = e["treatment", 4], p = e["treatment", 5], df = I(e[, 1]),
    coefficient = list(estimate = num(l3[1]), se = num(l3[2]), p = num(l3[4])), lostF = a3l[["F value"]], lostP = a3l[["Pr(>F)"]]),
  plots = list(day = I(sp$day), plot = I(sp$plot), a = I(sp$a), b = I(sp$b), y = I(sp$y), estimate = num(pl[1]), se = num(pl[2]), p = num(pl[4]) / 2,
    lostEstimate = num(pll[1]), lostF = num(pll[3])^2, lostP = num(pll[4]))))
