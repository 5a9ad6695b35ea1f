# Reference values for test/sequential. Rscript sequential.R > ../fixtures/sequential.json
# Needs rpact and jsonlite (Debian: r-cran-rpact, r-cran-jsonlite).
suppressMessages({library(rpact); library(jsonlite)})
setLogLevel("DISABLED")
designs <- list()
for (type in c("asOF", "asP")) for (times in list(c(0.5, 1), c(0.25, 0.5, 0.75, 1), c(0.3, 0.45, 0.9, 1), (1:8) / 8)) {
  for (alpha in c(0.05, 0.01)) {
    d <- getDesignGroupSequential(typeOfDesign = type, informationRates = times, alpha = alpha / 2, sided = 1)
    designs[[length(designs) + 1]] <- list(type = type, alpha = alpha, times = times, boundaries = d$criticalValues, spent = 2 * d$alphaSpent)
  }
}
# Final p-values and intervals: one-sided design of level alpha/2, means of two groups of known standard deviation 1.
finals <- list()
for (type in c("asOF", "asP")) for (case in list(list(stage = 2, n = c(20, 20), m = c(0.9, 1.1)), list(stage = 3, n = c(20, 20, 20), m = c(0.2, 0.5, 0.9)), list(stage = 4, n = c(20, 20, 20, 20), m = c(0.1, 0.2, 0.15, 0.45)))) {
  d <- getDesignGroupSequential(typeOfDesign = type, informationRates = (1:4) / 4, alpha = 0.025, sided = 1)
  k <- case$stage
  data <- getDataset(means1 = case$m, means2 = rep(0, k), stDevs1 = rep(1, k), stDevs2 = rep(1, k), n1 = case$n, n2 = case$n)
  r <- getAnalysisResults(d, data, normalApproximation = TRUE, stage = k, directionUpper = TRUE)
  finals[[length(finals) + 1]] <- list(type = type, look = k - 1, estimate = mean(case$m),
    standardError = sqrt(2 / (20 * k)), stage = r$finalStage, p = r$finalPValues, lower = r$finalConfidenceIntervalLowerBounds,
    upper = r$finalConfidenceIntervalUpperBounds, median = r$medianUnbiasedEstimates, overall = r$testActions)
}
cat(toJSON(list(source = paste("rpact", packageVersion("rpact"), R.version.string), designs = designs, finals = finals), digits = 12, auto_unbox = TRUE, pretty = TRUE))
