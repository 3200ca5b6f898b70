"""What requests may hold and answers do hold: marshmallow reads and documents, ``present`` functions write."""
