"""When cycles are due, and what makes somebody look: occurrences in time, what is due now, lines for cron and systemd."""
