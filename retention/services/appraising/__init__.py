"""Appraising: the rules are applied to what the catalogue holds, again whenever what they rest on changes."""
