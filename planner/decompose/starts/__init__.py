"""Bounds where starts cost: a price for the start of every unit in every period, by column generation.

role_bound        boxes of fleets, the roles apart: milliseconds
hour_search       one period at prices of units: node prices, then pairs of covers
fleet_generation  one fleet: prices of starts, improved round by round
fleet_table       every fleet of a box at given prices
fleet_bounds      all of it: the fleet whose bound is least gets the next prices
"""
