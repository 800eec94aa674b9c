# Multiple imputation by mice (each arm by itself, classrooms as indicators) with CR2 of clubSandwich joined by Rubin's rules, and
# full-information maximum likelihood by lavaan with a sandwich by classroom. Writes panel.csv, pooling.csv and expected.csv.
suppressMessages({library(mice); library(lavaan); library(clubSandwich)})
set.seed(20261122)
rooms <- 20; size <- 15; n <- rooms * size
room <- rep(1:rooms, each = size)
arm <- ifelse(room %% 2 == 0, "change", "comparison")
before <- 3 + rnorm(n) + 0.4 * rnorm(rooms)[room]
age <- round(11 + rnorm(n), 1)
after <- 1 + 0.6 * before + 0.1 * age + 0.4 * (arm == "change") + 0.8 * rnorm(n) + 0.3 * rnorm(rooms)[room]
panel <- data.frame(unit = sprintf("s%03d", 1:n), classroom = sprintf("c%02d", room), arm, before, age, after)
panel$after[runif(n) < plogis(-1.6 + 0.6 * (before - 3))] <- NA
panel$before[runif(n) < 0.12] <- NA
panel$age[runif(n) < 0.08] <- NA
panel[c("before", "after")] <- round(panel[c("before", "after")], 4)
write.csv(panel, "panel.csv", row.names = FALSE, na = "")

m <- 400
completed <- lapply(split(panel, panel$arm), function(part) {
  data <- data.frame(part[c("before", "age", "after")], classroom = factor(part$classroom))
  drawn <- mice(data, m = m, maxit = 10, method = c("pmm", "pmm", "pmm", ""), donors = 5, seed = 7, printFlag = FALSE)
  lapply(1:m, function(i) cbind(part[c("unit", "classroom", "arm")], complete(drawn, i)[c("before", "age", "after")]))
})
fits <- t(sapply(1:m, function(i) {
  data <- rbind(completed$change[[i]], completed$comparison[[i]])
  fit <- lm(after ~ I(arm == "change") + before + age, data)
  told <- coef_test(fit, vcovCR(fit, cluster = data$classroom, type = "CR2"), test = "Satterthwaite")[2, ]
  c(told$beta, told$SE, told$df)
}))
colnames(fits) <- c("value", "se", "df")
few <- fits[1:10, ]
write.csv(few, "pooling.csv", row.names = FALSE)
pool_of <- function(fits, dfcom) pool.scalar(fits[, 1], fits[, 2]^2, n = dfcom + 1, k = 1)
ten <- pool_of(few, mean(few[, 3])); all <- pool_of(fits, mean(fits[, 3]))

ml <- sem("after ~ arm1 + before + age\n", transform(panel, arm1 = as.numeric(arm == "change")), missing = "fiml", fixed.x = FALSE,
          estimator = "MLR", cluster = "classroom", control = list(rel.tol = 1e-14))
told <- parameterEstimates(ml)[1:3, ]
expected <- data.frame(
  name = c("pooled_value", "pooled_se", "pooled_df", "pooled_fmi", "mice_value", "mice_se", "mice_fmi",
           "fiml_arm", "fiml_before", "fiml_age", "fiml_se_arm"),
  value = c(ten$qbar, sqrt(ten$t), ten$df, ten$fmi, all$qbar, sqrt(all$t), all$fmi, told$est, told$se[1]),
  made_with = paste("R", getRversion(), "mice", packageVersion("mice"), "lavaan", packageVersion("lavaan"), "clubSandwich",
                    packageVersion("clubSandwich")))
write.csv(format(expected, digits = 15), "expected.csv", row.names = FALSE, quote = FALSE)
