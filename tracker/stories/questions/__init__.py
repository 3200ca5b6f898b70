"""What a reader asks of a story: each question a function of a state, with plain values for an answer.

    claims      what is said, by whom, on what footing, and how each came to stand as it does
    relations   what one claim does to another          disputes    both sides of each dispute
    sources     who is named as a source, and through whom it came
    quotes      words in quotation marks, in their parts  orphans   words that are lost in a later version
    timeline    what happened, in order of time       people    who is spoken of, and what they were then and are now
    corrections what was corrected, killed, redacted  desk      holds, requests, and the stories that belong together

The answers are structs that are written as JSON as they are: their fields are the published form. Nothing here reads
a log, a clock or a database, so that what is answered of a past moment is what was answered then.
"""
