"""Filters: a small language of conditions on movies, from its text to a mask over the catalogue's rows.

`parse.py` reads a text by the grammar in `filter.lark`, `fields.py` knows what movies may be asked for, and `masks.py`
puts both together. What is wrong with a filter is told by `faults.py`, with the place.
"""
