# Writes expected.csv: REML intra-class correlations of ../cluster_variance/panel.csv by lme4. Run in this folder: Rscript make.R
suppressMessages(library(lme4))
frame <- read.csv("../cluster_variance/panel.csv")
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9), check.conv.singular = "ignore")
one <- function(outcome, cluster) {
  rows <- data.frame(y = frame[[outcome]], g = frame[[cluster]])
  fit <- lmer(y ~ 1 + (1 | g), rows, REML = TRUE, control = tight)
  v <- as.data.frame(VarCorr(fit))$vcov
  data.frame(outcome = outcome, cluster = cluster, icc = sprintf("%.12g", v[1] / sum(v)),
             made_with = paste0("R ", getRversion(), ", lme4 ", packageVersion("lme4")))
}
write.csv(rbind(one("outcome", "classroom"), one("outcome", "school"), one("baseline", "classroom"), one("age", "classroom")),
  "expected.csv", row.names = FALSE)
