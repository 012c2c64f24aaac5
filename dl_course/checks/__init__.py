"""Claims that keep a notebook's numbers true, and the checkers of its exercises.

`claim` is for the course's own statements. Each notebook's exercises have a module here; a notebook
says ``from dl_course.checks import neurons as check`` and then ``check.leaky_relu(my_function)``.
"""

from dl_course.checks._claim import ClaimError, claim

__all__ = ["ClaimError", "claim"]
