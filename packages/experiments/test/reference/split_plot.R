# Degrees of freedom of the error terms of split plots by R's aov, and the chi-square quantiles of the tests of Latin squares.
# Rscript test/reference/split_plot.R
set.seed(1)
d <- expand.grid(easy = factor(1:6), rep = factor(1:3), hard = factor(1:2))
d$plot <- interaction(d$hard, d$rep)
d$y <- rnorm(nrow(d))
print(summary(aov(y ~ hard * easy + Error(plot), d)))
# Yates' oats has this layout: 3 varieties, 4 amounts of nitrogen, 6 blocks.
o <- expand.grid(nitrogen = factor(1:4), variety = factor(1:3), block = factor(1:6))
o$y <- rnorm(nrow(o))
print(summary(aov(y ~ block + variety * nitrogen + Error(block:variety), o)))
print(qchisq(0.9999, c(11, 575)))
