-- Reads on from a cursor and says how truthfully that is possible.
-- KEYS: state, stream. Both in one slot.
-- ARGV: fresh epoch, state ttl (s), the cursor's epoch ('' for none) and id, entries and
--       their bytes at most; one entry always fits.
-- Returns {outcome, epoch, the place they follow, where they end, 1 when there are more, seen-mark, unread,
--          {id, message, id, message, …}}.

local told = history(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]))
local outcome, start
if ARGV[3] == '' then
  outcome, start = 'live', told.last
elseif ARGV[3] ~= told.epoch then
  outcome, start = 'reset', told.floor
elseif precedes(told.last, ARGV[4]) then
  outcome, start = 'reset', told.last
elseif precedes(ARGV[4], told.floor) then
  outcome, start = 'gap', told.floor
else
  outcome, start = 'resumed', ARGV[4]
end

local entries, reached, bytes = {}, start, 0
if start ~= told.last then
  for place, entry in ipairs(redis.call('XRANGE', KEYS[2], '(' .. start, '+', 'COUNT', ARGV[5])) do
    bytes = bytes + #entry[2][4]
    if place > 1 and bytes > tonumber(ARGV[6]) then
      break
    end
    reached = entry[1]
    entries[#entries + 1] = reached
    entries[#entries + 1] = entry[2][4]
  end
end
local more = (#entries > 0 and precedes(reached, told.last)) and 1 or 0
return {outcome, told.epoch, start, reached, more, told.seen, unread(told), entries}
