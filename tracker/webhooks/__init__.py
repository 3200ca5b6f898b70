"""Who is told: what is sent to subscribers, signed, where it may be sent, and how the sending goes.

An event becomes a webhook in this order: ``planning`` follows the log and adds a delivery (``deliveries``) for each
endpoint (``endpoints``) that wants it; ``delivering`` leases endpoints (``leases``) and has the next message of each
(``messages``, ``body``, ``signing``) sent (``sending``, ``lines``, ``names``) where it may be (``addresses``); what
came of it is written down, and ``schedule`` says when it is tried again. ``progress`` says how far all that has come.
"""
