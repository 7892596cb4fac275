"""Views of a plan for people: the console and the page."""
