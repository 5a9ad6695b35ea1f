# Whole studies: blocks, subjects (Williams), split plots. Run in this folder: Rscript study.R > ../fixtures/analysis/study.json
source("json.R")
set.seed(5)
d <- expand.grid(replicate = 1:2, cohort = c("k1", "k2", "k3"), style = c("s0", "s1"), arm = c("base", "new"))
d$y <- round(10 + 1.5 * (d$arm == "new") + 0.4 * (d$style == "s1") + c(0, 3, -2)[as.integer(d$cohort)] + rnorm(nrow(d)), 4)
m <- lm(y ~ cohort + arm, d); s <- summary(m)$coefficients["armnew", ]; ci <- confint(m)["armnew", ]
a <- anova(lm(y ~ cohort + arm * style, d))
w <- t.test(d$y[d$arm == "new"], d$y[d$arm == "base"])
full <- summary(lm(y ~ cohort + arm + style, d))$coefficients
row <- function(k) list(df = a[k, 1], f = a[k, 4], p = a[k, 5])
# Williams design, 4 treatments, 8 subjects of two rounds.
seqs <- rbind(c(1, 2, 4, 3), c(2, 3, 1, 4), c(3, 4, 2, 1), c(4, 1, 3, 2))
c4 <- do.call(rbind, lapply(1:8, function(i) data.frame(subject = i, sequence = (i - 1) %% 4 + 1, period = 1:4, treatment = LETTERS[seqs[(i - 1) %% 4 + 1, ]])))
c4$y <- round(5 + as.integer(factor(c4$treatment)) * 0.8 + rep(rnorm(8, 0, 2), each = 4) + rnorm(32), 4)
av <- summary(aov(y ~ factor(sequence) + factor(period) + treatment + Error(factor(subject)), c4))[[2]][[1]]
wide <- t(sapply(1:8, function(i) { q <- c4[c4$subject == i, ]; q$y[order(q$treatment)] }))
q <- qr.Q(qr(contr.helmert(4))); z <- scale(wide %*% q, scale = FALSE); S <- crossprod(z); gg <- sum(diag(S))^2 / (3 * sum(S * S))
lost <- drop1(lm(y ~ factor(subject) + factor(period) + treatment, c4[-6, ]), test = "F")
pair <- t.test(wide[, 2], wide[, 1], paired = TRUE)
emit(list(blocks = list(arm = I(as.character(d$arm)), style = I(as.character(d$style)), cohort = I(as.character(d$cohort)), replicate = I(d$replicate), y = I(d$y),
    estimate = unname(s[1]), se = unname(s[2]), t = unname(s[3]), p = unname(s[4]), low = unname(ci[1]), high = unname(ci[2]), arm_row = row("arm"), style_row = row("style"), both_row = row("arm:style"),
    welch = w$p.value, regression = list(arm = full["armnew", 4], style = full["styles1", 4])),
  crossover = list(subject = I(c4$subject), sequence = I(c4$sequence), period = I(c4$period), treatment = I(as.character(c4$treatment)), y = I(c4$y), f = av["treatment", 4], gg = gg,
    p = pf(av["treatment", 4], 3 * gg, av["Residuals", 1] * gg, lower.tail = FALSE), plain = av["treatment", 5], lostF = lost["treatment", "F value"], lostP = lost["treatment", "Pr(>F)"], pair = pair$p.value, pairEstimate = unname(pair$estimate))))
