"""What somebody is owed: four calculators that show their way, each from dated parameters."""
