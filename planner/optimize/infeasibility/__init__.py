"""Why there is no plan, and which limit to move by how much, from the formulation with slack.

A solve loads `unservable` alone; the rest is loaded once there is no plan to be explained.
"""
