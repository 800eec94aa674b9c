# A weighted difference, analysis of covariance and difference in differences with strata and clusters, by survey::svyglm.
# Writes panel.csv and expected.csv.
suppressMessages(library(survey))
set.seed(20261122)
rooms <- 24; size <- 12; n <- rooms * size
room <- rep(1:rooms, each = size)
stratum <- paste0("h", (room - 1) %/% 6)
arm <- ifelse(room %% 2 == 0, "change", "comparison")
before <- 3 + rnorm(n) + 0.4 * rnorm(rooms)[room]
weight <- round(exp(rnorm(n, sd = 0.6)) * c(1, 2, 4, 3)[(room - 1) %/% 6 + 1], 3)
after <- 1 + 0.6 * before + 0.3 * (arm == "change") + 0.8 * rnorm(n) + 0.3 * rnorm(rooms)[room]
panel <- data.frame(unit = sprintf("s%03d", 1:n), classroom = sprintf("c%02d", room), stratum, weight, arm,
                    before = round(before, 4), after = round(after, 4))
write.csv(panel, "panel.csv", row.names = FALSE)
panel$change <- as.numeric(panel$arm == "change")
rows <- NULL
for (strata in c(TRUE, FALSE)) for (clusters in c(TRUE, FALSE)) {
  design <- svydesign(ids = if (clusters) ~classroom else ~1, strata = if (strata) ~stratum else NULL, weights = ~weight, data = panel)
  models <- list(difference_in_means = after ~ change, ancova = after ~ change + before, difference_in_differences = I(after - before) ~ change)
  for (name in names(models)) {
    told <- summary(svyglm(models[[name]], design))
    rows <- rbind(rows, data.frame(estimator = name, strata, clusters, value = told$coefficients["change", 1],
                                   se = told$coefficients["change", 2], df = told$df.residual, p = told$coefficients["change", 4]))
  }
}
rows$made_with <- paste("R", getRversion(), "survey", packageVersion("survey"))
write.csv(format(rows, digits = 15), "expected.csv", row.names = FALSE, quote = FALSE)
