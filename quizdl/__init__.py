"""quizdl: study for Japan's E資格 and grade deep-learning code against a NumPy reference engine."""

__version__ = "0.1.0"
