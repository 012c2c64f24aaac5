"""Small, readable helpers for a hands-on deep-learning course.

Import what a page needs: ``from dl_course import neurons, plots``. Importing the package itself loads
nothing else, so it takes no time; Keras is loaded by `runtime.setup` and by the modules on models.
"""

__version__ = "0.1.0"
