"""Tracks: which reports are one vessel's consistent movement."""
