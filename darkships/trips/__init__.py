"""Trips: origin, dark visit, return; and how many fit."""
