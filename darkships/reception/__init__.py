"""Positions to reception: where and when a transmitting vessel would have been heard, and when the feed was silent."""
