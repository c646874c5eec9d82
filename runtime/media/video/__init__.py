"""Reading and writing of videos, with the times of their frames."""
