"""The page: the same networks in a browser, served by ``landmarks web`` or by any static host."""
