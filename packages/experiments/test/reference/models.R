# Linear models and analysis of variance. Run in this folder: Rscript models.R > ../fixtures/analysis/models.json
source("json.R")
set.seed(20240107)
a <- factor(sample(c("a1", "a2", "a3"), 23, TRUE)); b <- factor(sample(c("b1", "b2"), 23, TRUE)); x <- round(rnorm(23, 50, 12), 3)
y <- round(3 + as.integer(a) * 1.2 - as.integer(b) * 0.8 + 0.05 * x + rnorm(23), 4)
d <- data.frame(a, b, x, y)
table_of <- function(t) list(term = I(rownames(t)), df = I(t[["Df"]]), ss = I(t[["Sum Sq"]]), f = I(t[["F value"]]), p = I(t[["Pr(>F)"]]))
type1 <- anova(lm(y ~ a * b, d))
m <- lm(y ~ a * b, d)
type2 <- function() {
  s2 <- deviance(m) / m$df.residual
  one <- function(big, small) { dd <- deviance(small) - deviance(big); k <- small$df.residual - big$df.residual; f <- dd / k / s2; c(k, dd, f, pf(f, k, m$df.residual, lower.tail = FALSE)) }
  additive <- lm(y ~ a + b, d)
  r <- rbind(one(additive, lm(y ~ b, d)), one(additive, lm(y ~ a, d)), one(m, additive))
  list(term = I(c("a", "b", "a:b")), df = I(r[, 1]), ss = I(r[, 2]), f = I(r[, 3]), p = I(r[, 4]))
}
options(contrasts = c("contr.sum", "contr.poly"))
t3 <- drop1(lm(y ~ a * b, d), ~., test = "F")[-1, ]
type3 <- list(term = I(rownames(t3)), df = I(t3$Df), ss = I(t3[["Sum of Sq"]]), f = I(t3[["F value"]]), p = I(t3[["Pr(>F)"]]))
options(contrasts = c("contr.treatment", "contr.poly"))
d$xc <- d$x - mean(d$x)
full <- lm(y ~ a + b + xc, d); s <- summary(full); ci <- confint(full)
fit <- list(names = I(names(coef(full))), estimate = I(coef(full)), se = I(s$coefficients[, 2]), t = I(s$coefficients[, 3]), p = I(s$coefficients[, 4]), low = I(ci[, 1]), high = I(ci[, 2]),
  sigma = s$sigma, r2 = s$r.squared, adj = s$adj.r.squared, f = unname(s$fstatistic[1]), fp = unname(pf(s$fstatistic[1], s$fstatistic[2], s$fstatistic[3], lower.tail = FALSE)),
  residuals = I(residuals(full)), leverage = I(hatvalues(full)), standardized = I(rstandard(full)))

# Split plot: whole plots of irrigation in blocks, sub-plots of variety.
sp <- expand.grid(variety = c("v1", "v2", "v3"), irrigation = c("dry", "wet"), block = c("k1", "k2", "k3", "k4"))
sp$y <- round(20 + as.integer(factor(sp$variety)) + 3 * (sp$irrigation == "wet") + rep(rnorm(8, 0, 2), each = 3) + rnorm(24), 4)
sp$wp <- paste(sp$block, sp$irrigation)
strata <- function(fit) { s <- summary(fit); lapply(seq_along(s), function(i) { t <- s[[i]][[1]]; list(name = names(s)[i], term = I(trimws(rownames(t))), df = I(t[["Df"]]), ss = I(t[["Sum Sq"]]), f = I(if (is.null(t[["F value"]])) rep(NA_real_, nrow(t)) else t[["F value"]]), p = I(if (is.null(t[["Pr(>F)"]])) rep(NA_real_, nrow(t)) else t[["Pr(>F)"]])) }) }
splitplot <- strata(aov(y ~ irrigation * variety + Error(block / irrigation), sp))
splitplot2 <- strata(aov(y ~ irrigation * variety + Error(wp), sp))

# Repeated measures: 7 subjects, 4 occasions; Greenhouse-Geisser by anova.mlm.
rmy <- matrix(round(rnorm(28, 10, 2) + rep(c(0, 1, 1.5, 3), each = 7) + rep(rnorm(7, 0, 2), 4), 4), 7)
long <- data.frame(y = c(rmy), subject = factor(rep(paste0("s", 1:7), 4)), occasion = factor(rep(paste0("t", 1:4), each = 7)))
rm <- strata(aov(y ~ occasion + Error(subject), long))
sph <- anova(lm(rmy ~ 1), X = ~1, test = "Spherical")
# Two within factors (2 x 3), 6 subjects, and two groups of subjects.
w2 <- matrix(round(rnorm(48, 5, 1) + rep(rnorm(8), 6), 4), 8); g <- factor(rep(c("g1", "g2"), each = 4))
idata <- expand.grid(q = factor(1:3), p = factor(1:2))
exact_gg <- function(T_, w, groups) { z <- w %*% T_; for (k in unique(groups)) z[groups == k, ] <- scale(z[groups == k, , drop = FALSE], scale = FALSE); S <- crossprod(z); sum(diag(S))^2 / (ncol(T_) * sum(S * S)) }
orth <- function(k) { q <- qr.Q(qr(contr.helmert(k))); q }
Tq <- kronecker(matrix(1 / sqrt(2), 2, 1), orth(3)); Tpq <- kronecker(orth(2), orth(3))
# Williams crossover, 4 treatments.
ws <- rbind(c(1, 2, 4, 3), c(2, 3, 1, 4), c(3, 4, 2, 1), c(4, 1, 3, 2)); wl <- do.call(rbind, lapply(1:8, function(i) data.frame(subject = paste0("s", i), sequence = paste0("q", (i - 1) %% 4 + 1), period = paste0("p", 1:4), treatment = LETTERS[ws[(i - 1) %% 4 + 1, ]])))
wl$y <- round(rnorm(32, 8, 1) + as.integer(factor(wl$treatment)) * 0.7 + rep(rnorm(8, 0, 2), each = 4), 4)
williams <- strata(aov(y ~ sequence + period + treatment + Error(subject), wl))
# Latin square and a balanced incomplete block design (intra-block).
ls <- expand.grid(row = paste0("r", 1:4), col = paste0("c", 1:4)); ls$treat <- LETTERS[(as.integer(ls$row) + as.integer(ls$col)) %% 4 + 1]; ls$y <- round(rnorm(16, 5) + as.integer(factor(ls$treat)), 4)
latin <- table_of(anova(lm(y ~ row + col + treat, ls)))
bib <- data.frame(block = rep(paste0("k", 1:4), each = 3), treat = c("A", "B", "C", "A", "B", "D", "A", "C", "D", "B", "C", "D")); bib$y <- round(rnorm(12, 5) + as.integer(factor(bib$treat)), 4)
bibd <- table_of(anova(lm(y ~ block + treat, bib)))
# Covariate.
ancova <- table_of(anova(lm(y ~ xc + a, d)))
# Logistic.
lg <- data.frame(x = x, g = a); lg$z <- rbinom(23, 1, plogis((x - 50) / 15)); lg$xc <- x - mean(x)
gl <- glm(z ~ xc + g, binomial, lg, control = list(epsilon = 1e-14)); gs <- summary(gl)$coefficients; gd <- drop1(gl, test = "LRT")[-1, ]
emit(list(a = a, b = b, x = x, y = y, type1 = table_of(type1), type2 = type2(), type3 = type3, fit = fit,
  splitplot = list(variety = I(as.character(sp$variety)), irrigation = I(as.character(sp$irrigation)), block = I(as.character(sp$block)), wp = I(sp$wp), y = I(sp$y), nested = splitplot, plots = splitplot2),
  repeated = list(y = lapply(1:7, function(i) I(rmy[i, ])), strata = rm, gg = exact_gg(orth(4), rmy, rep(1, 7)), pgg = sph[["G-G Pr"]][1], phf = sph[["H-F Pr"]][1]),
  within2 = list(y = lapply(1:8, function(i) I(w2[i, ])), group = g, ggQ = exact_gg(Tq, w2, g), ggPQ = exact_gg(Tpq, w2, g)),
  williams = list(subject = I(wl$subject), sequence = I(wl$sequence), period = I(wl$period), treatment = I(wl$treatment), y = I(wl$y), strata = williams),
  latin = list(row = I(as.character(ls$row)), col = I(as.character(ls$col)), treat = I(ls$treat), y = I(ls$y), table = latin),
  bibd = list(block = I(bib$block), treat = I(bib$treat), y = I(bib$y), table = bibd), ancova = ancova,
  logistic = list(z = I(lg$z), estimate = I(gs[, 1]), se = I(gs[, 2]), p = I(gs[, 4]), deviance = deviance(gl), null = gl$null.deviance, term = I(rownames(gd)), lrt = I(gd$LRT), lrp = I(gd[["Pr(>Chi)"]]))))
