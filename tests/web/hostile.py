"""Text that tries to be something else."""

from __future__ import annotations

HOSTILE = [
    "<script>alert(1)</script>",
    "</textarea></title></script><img src=x onerror=alert(1)>",
    '" onfocus="alert(1)" autofocus="',
    "' onmouseover='alert(1)",
    "<!-- --><a href='javascript:alert(1)'>here</a>",
    "{{ 7 * 7 }} {% raw %} ${7*7} <%= 7 %>",
    "&lt;b&gt; &amp;amp; &#60;",
    "\u202egnp.exe\u202c and \u2066isolated",
    "\u200f‏يمين\u200f",
    "%00 %3Cscript%3E ../../etc",
]
