"""Reproduction of the study's tables: rows trained from scratch on equal budgets, reported beside its numbers."""
