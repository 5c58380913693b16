-- Reads the newest entries, and in the same step where the log ends.
-- KEYS: state, stream. Both in one slot.
-- ARGV: fresh epoch, state ttl (s), entries and their bytes at most; one entry always fits.
-- Returns what read.lua returns, the outcome always live, the entries oldest first.

local told = history(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]))
local entries, start, limit, fitting, bytes = {}, told.floor, tonumber(ARGV[3]), 0, 0
local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', limit + 1)
for place, entry in ipairs(newest) do
  bytes = bytes + #entry[2][4]
  if place > limit or (place > 1 and bytes > tonumber(ARGV[4])) then
    start = entry[1]
    break
  end
  fitting = place
end
for place = fitting, 1, -1 do
  entries[#entries + 1] = newest[place][1]
  entries[#entries + 1] = newest[place][2][4]
end
return {'live', told.epoch, start, told.last, 0, told.seen, unread(told), entries}
