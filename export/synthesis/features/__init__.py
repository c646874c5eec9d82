"""Eyes and mouth."""
