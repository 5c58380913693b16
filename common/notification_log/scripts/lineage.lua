-- Tells whose line of writes the user's history is in.
-- KEYS: state.
-- Returns lineage.

return lineage()
