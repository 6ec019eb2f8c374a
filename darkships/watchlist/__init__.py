"""Watchlist: the ranked table and its exports, and what is new since the last run."""
