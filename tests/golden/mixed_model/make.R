# Writes slopes.csv and alike.csv (simulated here) and expected.csv: mixed models by lme4, their degrees of freedom and standard errors by
# lmerTest (Satterthwaite) and pbkrtest (Kenward-Roger), independently of our code. The third data set is ../cluster_variance/panel.csv.
# Run in this folder: Rscript make.R
suppressMessages({ library(lme4); library(lmerTest); library(pbkrtest) })
set.seed(20261122)

# schools of very different size that differ in their level and in their slope; one of a single student, one with a single value of x
sizes <- c(3, 5, 14, 8, 1, 11, 6, 4, 9, 12, 2, 7)
slopes <- do.call(rbind, lapply(seq_along(sizes), function(g) {
  x <- if (g == 11) rep(0.7, sizes[g]) else rnorm(sizes[g], 0.1 * g, 1)
  change <- g %% 2
  own <- rnorm(2)
  data.frame(school = sprintf("s%02d", g), change = change, x = round(x, 4),
             outcome = 10 + 0.8 * change + (1.2 + 0.5 * change + 0.7 * own[2]) * x + 0.9 * own[1] + rnorm(sizes[g], 0, 1.1))
}))
slopes$change_x <- slopes$change * slopes$x
slopes$outcome <- round(slopes$outcome, 4)
write.csv(slopes, "slopes.csv", row.names = FALSE, quote = FALSE)

# classrooms that are more alike than chance would make them: the variance between them is estimated as zero
alike <- do.call(rbind, lapply(1:10, function(g) {
  n <- 5 + g %% 4
  e <- rnorm(n)
  data.frame(classroom = sprintf("c%02d", g), change = g %% 2, outcome = round(3 + 0.4 * (g %% 2) + e - 0.9 * mean(e), 4))
}))
write.csv(alike, "alike.csv", row.names = FALSE, quote = FALSE)

slopes <- read.csv("slopes.csv"); alike <- read.csv("alike.csv"); panel <- read.csv("../cluster_variance/panel.csv")
panel$change <- as.numeric(panel$arm == "change")
models <- list(
  panel_means = list(outcome ~ change + (1 | classroom), panel),
  panel_adjusted = list(outcome ~ change + baseline + age + (1 | classroom), panel),
  panel_schools = list(outcome ~ change + baseline + (1 | school), panel),
  slopes_intercepts = list(outcome ~ change + x + change_x + (1 | school), slopes),
  slopes_slopes = list(outcome ~ change + x + change_x + (x | school), slopes),
  alike = list(outcome ~ change + (1 | classroom), alike)
)
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-11, maxfun = 1e5), check.conv.singular = "ignore")
rows <- list()
add <- function(model, quantity, term, value) {
  rows[[length(rows) + 1]] <<- data.frame(model = model, quantity = quantity, term = term, value = sprintf("%.12g", value))
}
for (name in names(models)) {
  fit <- lmerTest::lmer(models[[name]][[1]], models[[name]][[2]], REML = TRUE, control = tight)
  plain <- summary(fit, ddf = "Satterthwaite")$coefficients
  kr <- summary(fit, ddf = "Kenward-Roger")$coefficients
  for (term in rownames(plain)) {
    add(name, "value", term, plain[term, "Estimate"])
    add(name, "se", term, plain[term, "Std. Error"])
    if (!isSingular(fit)) add(name, "df", term, plain[term, "df"])
    add(name, "se_kr", term, kr[term, "Std. Error"])
    add(name, "df_kr", term, kr[term, "df"])
    add(name, "p_kr", term, kr[term, "Pr(>|t|)"])
  }
  v <- as.matrix(VarCorr(fit)[[1]])
  add(name, "between", "intercept", v[1, 1])
  if (nrow(v) == 2) { add(name, "between", "slope", v[2, 2]); add(name, "between", "covariance", v[1, 2]) }
  add(name, "residual", "", sigma(fit)^2)
  add(name, "deviance", "REML", as.numeric(REMLcrit(fit)))
  ml <- lme4::lmer(models[[name]][[1]], models[[name]][[2]], REML = FALSE, control = tight)
  for (term in names(fixef(ml))) add(name, "value_ml", term, fixef(ml)[term])
  add(name, "between_ml", "intercept", as.matrix(VarCorr(ml)[[1]])[1, 1])
  add(name, "deviance", "ML", as.numeric(deviance(ml)))
}
out <- do.call(rbind, rows)
out$made_with <- paste0("R ", getRversion(), ", lme4 ", packageVersion("lme4"), ", lmerTest ", packageVersion("lmerTest"),
  ", pbkrtest ", packageVersion("pbkrtest"))
write.csv(out, "expected.csv", row.names = FALSE)
