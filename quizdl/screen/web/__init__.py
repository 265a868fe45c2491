"""Pages that a browser runs: the exam on paper and the phone pack. Each is one file that loads nothing."""
