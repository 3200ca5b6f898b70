"""Which database: the only room that knows whether it is SQLite or PostgreSQL.

``database`` opens one; ``schema`` has every table; ``prepared`` runs statements without ceremony; ``sqlite`` and
``postgresql`` hold what differs, under the same names; ``migrating`` brings a database up to date.
"""
