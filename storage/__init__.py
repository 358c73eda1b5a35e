"""What is kept: tables, queries and the unit of work. Nothing above services/ sees a row."""
