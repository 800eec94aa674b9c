"""Fleets: many cycles at once, or one cycle for each school of a district, on this machine or a cluster."""
