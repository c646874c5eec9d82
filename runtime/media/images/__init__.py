"""Reading and writing of still images, and what their headers say."""
