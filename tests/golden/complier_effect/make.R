# Two-stage least squares by AER, cluster-robust by sandwich and clubSandwich; Anderson and Rubin's interval by searching for its ends.
suppressMessages({library(AER); library(sandwich); library(clubSandwich)})

set.seed(319)
classroom <- rep(1:24, each = 12)
level <- rnorm(24, 0, 0.4)[classroom]
panel <- data.frame(
  classroom = sprintf("c%02d", classroom),
  school = sprintf("s%d", (classroom - 1) %/% 8 + 1),
  arm = ifelse(classroom %% 2 == 0, "change", "comparison"),
  before = round(rnorm(288), 4)
)
keen <- rnorm(288)
panel$hours <- round(pmax(0, 4 * (panel$arm == "change") + keen + rnorm(288)), 2)
panel$mark <- round(0.5 * panel$before + 0.6 * (panel$hours >= 3) + 0.4 * keen + level + rnorm(288), 4)
weak <- panel
weak$hours <- round(pmax(0, 0.8 * (panel$arm == "change") + keen + rnorm(288)), 2)
panel$weak_hours <- weak$hours
write.csv(panel, "panel.csv", row.names = FALSE)

panel$z <- as.numeric(panel$arm == "change")
ends <- function(d, kind) {
  beyond <- function(tau) {
    fit <- lm(I(mark - tau * d) ~ z + before + school, panel)
    V <- vcovCR(fit, cluster = panel$classroom, type = kind)
    t <- coef(fit)[2] / sqrt(V[2, 2])
    df <- if (kind == "CR2") coef_test(fit, vcov = V, test = "Satterthwaite")$df[2] else 23
    t^2 - qt(.975, df)^2
  }
  middle <- coef(ivreg(mark ~ d + before + school | z + before + school, data = panel))[2]
  c(uniroot(beyond, c(middle - 20, middle), tol = 1e-13)$root, uniroot(beyond, c(middle, middle + 20), tol = 1e-13)$root)
}
rows <- list()
told <- function(case, quantity, number) rows[[length(rows) + 1]] <<- data.frame(case, quantity, complier_effect = number)
for (case in c("strong", "weak")) {
  panel$d <- as.numeric((if (case == "strong") panel$hours else panel$weak_hours) >= 3)
  fit <- ivreg(mark ~ d + before + school | z + before + school, data = panel)
  first <- lm(d ~ z + before + school, panel)
  told(case, "value", coef(fit)[2])
  told(case, "first_stage", coef(first)[2])
  for (kind in c("CR1", "CR2")) {
    V <- vcovCR(fit, cluster = panel$classroom, type = kind)
    told(case, paste0("se_", kind), sqrt(V[2, 2]))
    told(case, paste0("f_", kind), (coef(first)[2] / sqrt(vcovCR(first, cluster = panel$classroom, type = kind)[2, 2]))^2)
    if (case == "strong") {
      both <- ends(panel$d, kind)
      told(case, paste0("ar_low_", kind), both[1])
      told(case, paste0("ar_high_", kind), both[2])
    }
  }
  told(case, "df_CR2", coef_test(fit, vcov = vcovCR(fit, cluster = panel$classroom, type = "CR2"), test = "Satterthwaite")$df[2])
  if (case == "strong") told(case, "se_classical", sqrt(vcov(fit)[2, 2]))
}
out <- do.call(rbind, rows)
out$complier_effect <- format(out$complier_effect, digits = 15)
write.csv(out, "expected.csv", row.names = FALSE)
cat(R.version.string, "AER", as.character(packageVersion("AER")), "clubSandwich", as.character(packageVersion("clubSandwich")), "\n")
