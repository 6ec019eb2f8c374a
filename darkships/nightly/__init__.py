"""What cron starts: one night's run from the feeds to the messages, and what is needed to leave it alone."""
