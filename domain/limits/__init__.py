"""The member's own limits of time by law: which run, until when, and what is left of them."""
