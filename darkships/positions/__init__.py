"""Positions: the store of deduplicated reports (Parquet parts and a catalog)."""
