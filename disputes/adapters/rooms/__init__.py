"""The live rooms of this process: who is connected, and what of the wire reaches whom."""
