"""How steady and how quick tracked points are: measured on films whose truth is known."""
