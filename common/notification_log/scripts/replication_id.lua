-- Tells whose line of writes the user's history is in.
-- KEYS: state.
-- Returns replication_id.

return replication_id()
