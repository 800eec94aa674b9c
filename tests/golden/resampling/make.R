# Writes panel.csv (simulated here, unbalanced) and expected.csv by brute force in base R, independently of our code: every assignment, every
# vector of signs and every model without a cluster is fitted by lm.fit. Run in this folder: Rscript make.R
set.seed(20261105)

sizes <- c(5, 9, 4, 7, 6, 8, 3, 10, 6, 5)
change <- c(1, 0, 1, 0, 1, 0, 1, 0, 1, 0)
frame <- do.call(rbind, lapply(seq_along(sizes), function(g) {
  n <- sizes[g]
  baseline <- rnorm(n, 3, 0.8) + rnorm(1, 0, 0.3)
  data.frame(school = if (g <= 5) "s1" else "s2", classroom = sprintf("c%02d", g), arm = if (change[g]) "change" else "comparison",
             baseline = baseline, age = sample(9:12, n, TRUE), outcome = 1 + 0.5 * baseline + 0.5 * change[g] + rnorm(1, 0, 0.3) + rnorm(n, 0, 0.7))
}))
frame$unit <- sprintf("u%03d", seq_len(nrow(frame)))
frame$baseline <- round(frame$baseline, 4); frame$outcome <- round(frame$outcome, 4)
write.csv(frame[, c("unit", "school", "classroom", "arm", "baseline", "age", "outcome")], "panel.csv", row.names = FALSE, quote = FALSE)
frame <- read.csv("panel.csv")
frame$d <- as.numeric(frame$arm == "change")
level <- 0.90; alpha <- 1 - level
four <- subset(frame, classroom %in% c("c01", "c02", "c03", "c04"))

others <- function(f, blocks, adjusted) {
  x <- matrix(1, nrow(f), 1)
  if (adjusted) x <- cbind(x, f$baseline, f$age)
  if (blocks) x <- cbind(x, as.numeric(f$school == "s2"))
  x
}
near <- function(p, inside, step) { # the value next to `inside` where p falls to alpha or below, by halving
  outside <- inside + step
  while (p(outside) > alpha * (1 + 1e-9)) { inside <- outside; step <- 2 * step; outside <- inside + step; if (abs(step) > 1e6) return(NA) }
  while (abs(outside - inside) > 1e-11 * max(1, abs(outside))) {
    middle <- (inside + outside) / 2
    if (p(middle) > alpha * (1 + 1e-9)) inside <- middle else outside <- middle
  }
  (inside + outside) / 2
}

# --- randomisation: every way to assign as many classrooms (of each school) ---
assignments <- function(f, blocks) {
  rooms <- unique(f[, c("classroom", "school", "d")])
  parts <- if (blocks) split(rooms, rooms$school) else list(rooms)
  sets <- lapply(parts, function(part) combn(part$classroom, sum(part$d), simplify = FALSE))
  if (length(sets) == 1) return(sets[[1]])
  unlist(lapply(sets[[1]], function(a) lapply(sets[[2]], function(b) c(a, b))), recursive = FALSE)
}
randomised <- function(f, y, blocks, adjusted) {
  x <- others(f, blocks, adjusted); ways <- assignments(f, blocks)
  qrs <- lapply(ways, function(way) qr(cbind(as.numeric(f$classroom %in% way), x)))
  actual <- qr(cbind(f$d, x))
  p <- function(tau) {
    rest <- y - tau * f$d
    b <- abs(vapply(qrs, function(one) qr.coef(one, rest)[1], 0)); own <- abs(qr.coef(actual, rest)[1])
    mean(b >= own * (1 - 1e-10))
  }
  value <- qr.coef(actual, y)[1]
  least <- p(value + 1e7) # however far off the null is
  c(value = value, p = p(0), low = if (least > alpha) NA else near(p, value, -0.2), high = if (least > alpha) NA else near(p, value, 0.2),
    draws = length(ways), attainable = least)
}

# --- wild cluster bootstrap-t, null imposed: every vector of weights ---
cr1 <- function(q, x, e, cluster) { # variance of the first coefficient without a factor: it cancels
  s <- rowsum(x * e, cluster); m <- chol2inv(qr.R(q)); v <- m %*% crossprod(s) %*% m; v[1, 1]
}
wild <- function(f, y, blocks, adjusted, values) {
  x <- cbind(f$d, others(f, blocks, adjusted)); q <- qr(x, LAPACK = FALSE); stopifnot(all(q$pivot == seq_len(ncol(x))))
  r <- qr(x[, -1, drop = FALSE]); rooms <- unique(f$classroom); place <- match(f$classroom, rooms)
  signs <- as.matrix(expand.grid(rep(list(values), length(rooms))))
  value <- qr.coef(q, y)[1]
  own <- (function() { e <- qr.resid(q, y); sqrt(cr1(q, x, e, f$classroom)) })()
  p <- function(b) {
    rest <- y - b * x[, 1]; fitted <- qr.fitted(r, rest); u <- qr.resid(r, rest)
    t0 <- abs(value - b) / own
    drawn <- fitted + u * t(signs)[place, ] # n x draws, outcomes less b times the arm
    coefs <- qr.coef(q, drawn); e <- drawn - x %*% coefs
    m <- chol2inv(qr.R(q)); w <- as.vector(x %*% m[, 1])
    s <- rowsum(w * e, f$classroom); se <- sqrt(colSums(s^2))
    mean(abs(coefs[1, ]) >= t0 * se * (1 - 1e-9))
  }
  least <- p(value + 1e5 * own) # however far off the null is
  c(value = value, p = p(0), low = if (least > alpha) NA else near(p, value, -own), high = if (least > alpha) NA else near(p, value, own),
    draws = nrow(signs), attainable = least)
}

# --- the jackknife: the model without each classroom in turn ---
jackknife <- function(f, y, blocks, adjusted) {
  x <- cbind(f$d, others(f, blocks, adjusted)); value <- qr.coef(qr(x), y)[1]; rooms <- unique(f$classroom)
  left <- vapply(rooms, function(room) qr.coef(qr(x[f$classroom != room, ]), y[f$classroom != room])[1], 0)
  g <- length(rooms); se <- sqrt((g - 1) / g * sum((left - value)^2)); reach <- qt(1 - alpha / 2, g - 1) * se
  c(value = value, p = 2 * pt(-abs(value / se), g - 1), low = value - reach, high = value + reach, draws = g, attainable = NA)
}

webb <- c(1, -1, sqrt(0.5), -sqrt(0.5), sqrt(1.5), -sqrt(1.5))
rows <- list()
add <- function(kind, model, clusters, found) {
  rows[[length(rows) + 1]] <<- data.frame(kind = kind, model = model, clusters = clusters, t(sprintf("%.14g", found)))
  names(rows[[length(rows)]])[4:9] <<- c("value", "p", "low", "high", "draws", "attainable")
}
for (blocks in c(FALSE, TRUE)) {
  end <- if (blocks) "_blocks" else ""
  for (model in c("difference_in_means", "ancova", "difference_in_differences")) {
    y <- if (model == "difference_in_differences") frame$outcome - frame$baseline else frame$outcome
    adjusted <- model == "ancova"
    add("randomisation", paste0(model, end), 10, randomised(frame, y, blocks, adjusted))
    add("rademacher", paste0(model, end), 10, wild(frame, y, blocks, adjusted, c(1, -1)))
    add("jackknife", paste0(model, end), 10, jackknife(frame, y, blocks, adjusted))
  }
}
add("randomisation", "difference_in_means", 4, randomised(four, four$outcome, FALSE, FALSE))
add("webb", "difference_in_means", 4, wild(four, four$outcome, FALSE, FALSE, webb))
add("rademacher", "difference_in_means", 4, wild(four, four$outcome, FALSE, FALSE, c(1, -1)))
out <- do.call(rbind, rows); out$made_with <- paste0("R ", getRversion())
write.csv(out, "expected.csv", row.names = FALSE, quote = FALSE)
