"""The tests' own machinery: servers, one template database, a movable clock, real processes."""
