"""The one way a failure is named, described and answered.

Read :mod:`common.errors.catalogue` for what each failure means and :mod:`common.errors.factories`
for how to raise one.
"""
