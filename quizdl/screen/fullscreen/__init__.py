"""The exam on a full screen, by Textual: what it shows and which keys it takes. No rule of the exam is here."""
