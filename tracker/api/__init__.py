"""HTTP in: the conventions of the edge (problems, door, preconditions, paging) and one blueprint file per
noun.
"""
