"""Pictures: the tidy frames behind every picture, and matplotlib drawings of them."""
