"""What is true: rules and values that every other part shares. Standard library only."""
