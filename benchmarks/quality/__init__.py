"""Measures search on vectors whose right answers are known; see README.md."""
