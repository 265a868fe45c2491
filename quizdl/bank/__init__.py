"""Question banks: YAML files in, questions and their variants out. Reading one needs neither NumPy nor SymPy."""

from quizdl.bank.as_choice import as_choice
from quizdl.bank.decode import check_file, parse_file
from quizdl.bank.library import Library
from quizdl.bank.solutions import solution_of
from quizdl.bank.variants import ask
from quizdl.bank.version import version_of

__all__ = ["Library", "as_choice", "ask", "check_file", "parse_file", "solution_of", "version_of"]
