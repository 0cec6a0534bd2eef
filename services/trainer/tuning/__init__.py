"""Tuning: which settings suit the data, tried one after another. Why like this: docs/decisions/0017-tuning.md."""
