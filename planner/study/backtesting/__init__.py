"""Plans tried on the past: made of what was known, lived through what came, beside the plan in hindsight."""
