"""The study's tables again: rows trained from scratch on equal budgets, reported beside its numbers."""
