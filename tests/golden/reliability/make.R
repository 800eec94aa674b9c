# Cronbach's alpha and Feldt's interval in base R; independent of the package. The answers are made up here.
# Rscript make.R
set.seed(11)
trait <- rnorm(40)
items <- sapply(1:6, function(i) pmin(5, pmax(1, round(3 + .8 * (if (i == 4) -trait else trait) + rnorm(40)))))
colnames(items) <- sprintf("BEL_%02d", 1:6)
write.csv(cbind(respondent_id = sprintf("s%02d", 1:40), wave = "w", items), "answers.csv", row.names = FALSE, quote = FALSE)
items[, 4] <- 6 - items[, 4]
k <- 6; n <- 40
alpha <- k / (k - 1) * (1 - sum(apply(items, 2, var)) / var(rowSums(items)))
low <- 1 - (1 - alpha) * qf(.975, n - 1, (n - 1) * (k - 1)); high <- 1 - (1 - alpha) * qf(.025, n - 1, (n - 1) * (k - 1))
writeLines(c("alpha,low,high,r_version", sprintf("%.12f,%.12f,%.12f,%s.%s", alpha, low, high, R.version$major, R.version$minor)), "expected.csv")
