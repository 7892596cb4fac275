"""Bounds where starts cost: a price for the start of every unit in every period, by column generation.

role_bound      boxes of fleets, the roles apart: milliseconds
hour_search     one period at prices of units: node prices, then pairs of covers
box_generation  prices of starts for a box of fleets, improved round by round
fleet_table     every fleet of a box at given prices
fleet_bounds    all of it: prices for the fleet whose bound is least, which bound the others too
"""
