"""The pages, as visitors have them: with a browser's cookies and forms, and with a hostile one's."""
