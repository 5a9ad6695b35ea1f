# Reference values for test/sequential/GroupSequential.test.ts: power of two-sided group-sequential plans of two means.
# Rscript sequential_power.R > ../fixtures/sequential_power.json   (Debian: r-cran-rpact, r-cran-jsonlite)
suppressMessages({library(rpact); library(jsonlite)})
setLogLevel("DISABLED")
cases <- list()
for (type in c("asOF", "asP")) for (times in list(c(0.5, 1), c(0.25, 0.5, 0.75, 1))) {
  design <- getDesignGroupSequential(typeOfDesign = type, informationRates = times, alpha = 0.05, sided = 2)
  for (delta in c(0, 0.3, 0.6, 0.9)) {
    p <- getPowerMeans(design, groups = 2, normalApproximation = TRUE, alternative = delta, stDev = 1, maxNumberOfSubjects = 80)
    cases[[length(cases) + 1]] <- list(type = type, times = times, delta = delta, power = as.numeric(p$overallReject),
      rejects = as.numeric(p$rejectPerStage), expected = as.numeric(p$expectedNumberOfSubjects))
  }
}
cat(toJSON(list(source = paste("rpact", packageVersion("rpact"), R.version.string), subjects = 80, cases = cases), digits = 12, auto_unbox = TRUE))
