"""App: the command line and the HTTP service.

In: words typed or requests posted. Out: calls of the rooms below, what they return printed or sent. May not
enter: arithmetic. A verb only parses, calls and prints.
"""
