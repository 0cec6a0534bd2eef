"""The models: each family in a module of its own, all of them message passing on one DGL heterograph."""
