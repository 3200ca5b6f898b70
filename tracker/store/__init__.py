"""The log: events are appended to a story's stream, never changed, and read in one order by whoever follows.

To append and to read   ``log`` does both, ``several`` appends to several streams, ``writing`` has the INSERT,
                        ``entries`` reads a stream backwards; ``requests`` remembers Idempotency-Keys, ``addresses``
                        are names that lead to a stream
What is stored          ``log_events`` is an event, sealed and opened; ``seals`` and ``chain`` are its form, ``keys``
                        open it; ``redaction`` destroys them, ``restrictions`` say what may not be shown
One order of all        ``order`` has each event's position; on PostgreSQL ``sequencer`` gives it after the commit, and
                        ``ticking`` sees to it soon; ``tree`` stands for all of it by one hash, ``proofs`` are its sums
A story at a revision   ``loading``; ``recent`` are those in memory, ``packed`` is the form of a saved state
What follows            ``followers`` move along the log, at their ``pace``; ``parking`` has what they could not take,
                        ``replaying`` takes it up; ``rebuilding`` writes a projection anew, as one of its
                        ``generations``, and ``likeness`` compares two of them
For operators           ``verifying`` proves that nothing was lost or altered, ``transfer`` carries a log to another
                        database, ``backups`` remembers copies; both are of one ``moment``
"""
