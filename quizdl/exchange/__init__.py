"""What leaves quizdl and comes back: answers of an exam on paper, the phone pack's code, the record as JSON lines."""
