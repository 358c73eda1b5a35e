"""Reading what people type into a field: sums, days, times; by pure rules and given words."""
