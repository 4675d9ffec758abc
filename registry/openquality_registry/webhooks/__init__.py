"""Events brought to those who subscribed, by HTTP requests (docs/spec/events.md).

subscription  one subscription as a value, and what somebody asks for as one
ports         the store of subscriptions
pauses        how long to wait after a failure, and when to give up
receiver      ask a receiver whether it agrees; bring it one event, signed
delivering    the worker that brings events in their order, each receiver by itself
desk          what the owner of a token does with its subscriptions
"""
