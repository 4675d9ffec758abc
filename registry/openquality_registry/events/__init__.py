"""What happened, told to whoever asks or subscribed (docs/spec/events.md).

event       one event as a value, and its form as a CloudEvent
ports       the feed's store, and who adds events to those that follow from entries alone
plain       the events that follow from one entry of the log
following   the worker that follows the published log and writes the feed
bell        who waits for the next event
"""
