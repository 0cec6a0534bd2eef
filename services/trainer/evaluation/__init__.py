"""How good models are: metrics, baselines, comparison, the gate, and the report."""
