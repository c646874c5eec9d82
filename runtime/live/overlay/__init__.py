"""What is drawn over the picture: panels, numbers and notices."""
