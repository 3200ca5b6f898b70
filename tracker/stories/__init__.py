"""What a story is: events, commands, the state they fold into, and the rules that decide.

Everything here is pure: no Flask, no database, no clock, no randomness. Time, people and ids come in as data. Read in
this order: ``events`` and ``commands``, ``values`` (what both carry), ``story`` (what the events add up to),
``decisions`` (the rules) and ``errors`` (their refusals), ``stored`` (how an event is written down), ``changes`` (what
differs between two states), ``sentences`` (what an event did); ``outlets`` are small streams of their own.
"""
