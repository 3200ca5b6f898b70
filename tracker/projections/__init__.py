"""What readers ask across stories: one file per question, with its table, ``apply``, ``forget`` and its queries.

Each follows the log (``store.followers``) and may be behind it; an answer says up to which position it goes.
"""
