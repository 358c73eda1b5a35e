"""Rules of cases: consultation and mediation, from the first words to money received."""
