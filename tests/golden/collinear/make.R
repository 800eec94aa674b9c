# Writes expected.csv: a trial of 18 schools with cluster-robust errors, by clubSandwich, independently of our code. The data are not kept here.
# Run in this folder: Rscript make.R PATH/TO/applied_jree.csv
suppressMessages(library(clubSandwich))
frame <- read.csv(commandArgs(TRUE)[1])
rows <- list()
for (kept in c("race_Black", "race_Hispanic")) {
  fit <- lm(reformulate(c("trt", "odr_pre", "female", kept), "odr_post"), frame)
  for (kind in c("CR0", "CR1S", "CR2")) {
    test <- coef_test(fit, vcov = vcovCR(fit, cluster = frame$usid, type = kind), test = "Satterthwaite")["trt", ]
    rows[[length(rows) + 1]] <- data.frame(kept, kind, value = sprintf("%.15g", test$beta), se = sprintf("%.15g", test$SE),
      df = if (kind == "CR2") sprintf("%.15g", test$df_Satt) else "")
  }
}
out <- do.call(rbind, rows)
out$made_with <- paste0("R ", getRversion(), ", clubSandwich ", packageVersion("clubSandwich"))
write.csv(out, "expected.csv", row.names = FALSE, quote = TRUE)
