"""What authors use: the bank proves itself."""
