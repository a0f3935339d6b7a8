"""Scheduled jobs: which windows are owed, who runs them, and what became of them.

``job.py`` and the files in ``catalogue`` declare the jobs, ``schedule.py`` reads when they run,
``due.py`` derives what is owed, ``worker.py`` runs it in child processes.
"""
