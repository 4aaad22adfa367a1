"""The Kafka service: scores and learns from events in real time, exactly once.

Data flows one way: bytes -> `wire` -> `task` (plain, deterministic, without I/O) -> `state` -> `runner` (transactions)
-> `worker` (the Kafka loop).
"""
