"""The trainer worker: graph to heterograph, training, evaluation, gate, publication."""
