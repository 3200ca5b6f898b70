"""Randomized histories of the log: many writers and followers, killed at random, and everything checked afterwards.

    python -m tests.torture --minutes 10 --seed 7 [--engine sqlite|postgresql]

``players`` are the processes that write, tick and follow; ``notes`` is what they note down of it, so that it outlives
them; ``history`` starts and kills them and collects what happened; ``checker`` says what is wrong with it.
"""
