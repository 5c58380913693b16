-- Reads the newest entries, and in the same step where the log ends.
-- KEYS: state, stream. Both in one slot.
-- ARGV: fresh epoch, state ttl (s), entries at most.
-- Returns what read.lua returns, the outcome always live, the entries oldest first.

local told = history(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]))
local entries, start, limit = {}, told.floor, tonumber(ARGV[3])
local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', limit + 1)
if #newest > limit then
  start = table.remove(newest)[1]
end
for place = #newest, 1, -1 do
  entries[#entries + 1] = newest[place][1]
  entries[#entries + 1] = newest[place][2][4]
end
return {'live', told.epoch, start, told.last, 0, told.seen, unread(told), entries}
