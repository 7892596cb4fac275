"""Charts as inline SVG: drawn by small functions, styled by the page, escaped throughout."""
