"""What can be done: one verb, one transaction, one outcome."""
