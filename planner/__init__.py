"""planner: capacity planning for teams that serve large language models."""
