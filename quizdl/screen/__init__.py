"""How it looks: questions, verdicts and tables for a terminal, in Japanese and English. No rules live here."""
