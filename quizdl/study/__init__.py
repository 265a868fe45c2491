"""What comes next: pure state machines and orderings. Clocks, files and graders are the caller's."""
