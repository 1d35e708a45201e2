"""ForkLift lifts anyone's understanding of any code repository."""

__version__ = "0.1.0"
