"""Feeds: what a provider's bytes say, in one schema; what cannot be read goes to quarantine."""
