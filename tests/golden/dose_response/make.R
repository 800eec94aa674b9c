# Slopes of an outcome on a dose within classrooms (and within schools), CR2 with Satterthwaite degrees of freedom. Rscript make.R
library(clubSandwich)
set.seed(2026)
sizes <- c(6, 9, 12, 7, 11, 8, 10, 5, 9, 13)
class <- rep(seq_along(sizes), sizes)
n <- length(class)
panel <- data.frame(
  student = seq_len(n), arm = "check_ins", classroom = paste0("c", formatC(class, width = 2, flag = "0")),
  school = paste0("s", (class - 1) %/% 5 + 1), grade = 9 + (class - 1) %% 2)
panel$hours <- pmax(0, round(2 + rnorm(10, 0, .7)[class] + rnorm(n), 2))
panel$before <- round(3 + rnorm(10, 0, .3)[class] + rnorm(n, 0, .6), 3)
panel$after <- round(1 + .6 * panel$before + .15 * panel$hours + rnorm(10, 0, .3)[class] + rnorm(n, 0, .5), 3)
panel$after[c(4, 40)] <- NA
panel$hours[17] <- NA
others <- data.frame(student = n + 1:30, arm = "not_yet", classroom = paste0("d", rep(0:4, each = 6)), school = "s1", grade = 9,
                     hours = 0, before = round(rnorm(30, 3), 3), after = round(rnorm(30, 3), 3))
whole <- rbind(panel, others)
write.csv(whole, "panel.csv", row.names = FALSE, quote = FALSE, na = "")
own <- subset(panel, !is.na(after) & !is.na(hours))

told <- function(name, formula, kind) {
  fit <- lm(formula, own)
  test <- coef_test(fit, vcov = kind, cluster = own$classroom, test = "Satterthwaite", coefs = "hours")
  data.frame(case = name, quantity = c("value", "se", "df"), value = sprintf("%.12g", c(test$beta, test$SE, test$df_Satt)))
}
found <- rbind(
  told("clusters_CR2", after ~ hours + before + factor(classroom), "CR2"),
  told("blocks_CR2", after ~ hours + before + factor(school), "CR2"),
  told("nothing_CR2", after ~ hours + before, "CR2"))
fit <- lm(after ~ hours + before + factor(classroom), own)
found <- rbind(found, data.frame(case = "clusters_CR1", quantity = "se",
                                 value = sprintf("%.12g", sqrt(vcovCR(fit, own$classroom, "CR1")["hours", "hours"]))))
third <- findInterval(own$hours, quantile(own$hours, c(1 / 3, 2 / 3)), left.open = TRUE)
by_third <- lm(after ~ factor(third) + before + factor(classroom), own)
adjusted <- c(0, coef(by_third)[2:3]); adjusted <- adjusted + mean(own$after) - sum(adjusted * table(third) / nrow(own))
found <- rbind(found, data.frame(case = "thirds", quantity = paste0(rep(c("n", "dose_mean", "outcome_mean", "adjusted_mean"), each = 3), "_", 0:2),
  value = sprintf("%.12g", c(table(third), tapply(own$hours, third, mean), tapply(own$after, third, mean), adjusted))))
found$made_with <- paste0(R.version.string, "; clubSandwich ", packageVersion("clubSandwich"))
write.csv(found, "expected.csv", row.names = FALSE, quote = FALSE)
