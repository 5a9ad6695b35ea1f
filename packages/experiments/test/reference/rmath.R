# Distribution values of R on a grid, as JSON. Run: Rscript rmath.R > ../fixtures/analysis/rmath.json
num <- function(x) ifelse(is.finite(x), sprintf("%.17g", x), "null")
rows <- c()
add <- function(f, args, value) rows <<- c(rows, sprintf('["%s",[%s],%s]', f, paste(num(args), collapse = ","), num(value)))
for (df in c(1, 2, 3.7, 10, 29, 120, 1000, 1e6)) {
  for (q in c(0.001, 0.1, 0.5, 1, 1.5, 2.1, 3, 5, 10, 40)) add("ptUpper", c(q, df), pt(q, df, lower.tail = FALSE))
  for (p in c(0.001, 0.025, 0.05, 0.5, 0.9, 0.975, 0.999)) add("qt", c(p, df), qt(p, df))
  for (p in c(0.01, 0.05, 0.5, 0.95)) { add("qchisq", c(p, df), qchisq(p, df)); add("pchisqUpper", c(qchisq(p, df) * 1.1, df), pchisq(qchisq(p, df) * 1.1, df, lower.tail = FALSE)) }
  for (df1 in c(1, 2, 5, 14)) {
    for (q in c(0.1, 0.5, 1, 2, 4.2, 12, 60)) add("pfUpper", c(q, df1, df), pf(q, df1, df, lower.tail = FALSE))
    if (df <= 1000) for (p in c(0.01, 0.5, 0.95, 0.99)) add("qf", c(p, df1, df), qf(p, df1, df))
  }
}
for (k in c(2, 3, 5, 10)) for (df in c(3, 7, 20, 60, 200)) for (q in c(0.5, 1.5, 2.5, 3.5, 5, 8)) add("ptukeyUpper", c(q, k, df), ptukey(q, k, df, lower.tail = FALSE))
for (k in c(2, 3, 5, 10)) for (df in c(3, 7, 20, 60, 200)) for (p in c(0.9, 0.95, 0.99)) add("qtukey", c(p, k, df), qtukey(p, k, df))
for (a in c(0.5, 1, 2, 8, 60)) for (b in c(0.5, 3, 25)) for (p in c(0.01, 0.3, 0.7, 0.99)) { add("pbeta", c(p, a, b), pbeta(p, a, b)); add("qbeta", c(p, a, b), qbeta(p, a, b)) }
for (q in c(-8, -3, -1, 0, 0.5, 2, 6, 20)) { add("pnorm", q, pnorm(q)); add("pnormUpper", q, pnorm(q, lower.tail = FALSE)) }
for (p in c(1e-10, 0.025, 0.3, 0.975)) add("qnorm", p, qnorm(p))
for (x in 0:5) add("dhyper", c(x, 9, 12, 7), dhyper(x, 9, 12, 7))
for (x in c(0, 3, 7)) for (p in c(0.1, 0.5, 0.8)) add("pbinom", c(x, 10, p), pbinom(x, 10, p))
cat('{"source":"', R.version.string, '","values":[\n', paste(rows, collapse = ",\n"), "]}\n", sep = "")
