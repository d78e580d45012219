"""What disputes talk to outside of the database: the rooms' sockets, through Redis."""
