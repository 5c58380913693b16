-- Moves the seen-mark forward, never back, and announces it when it moved.
-- KEYS: state, stream. Both in one slot.
-- ARGV: fresh epoch, state ttl (s), channel, the cursor's epoch and id.
-- Returns {epoch, seen-mark, unread}.

local told = history(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]))
local mark = precedes(told.last, ARGV[5]) and told.last or ARGV[5]
if ARGV[4] == told.epoch and precedes(told.seen, mark) then
  told.seen = mark
  local reached = redis.call('XREVRANGE', KEYS[2], mark, '-', 'COUNT', 1)
  told.seen_count = #reached > 0 and tonumber(reached[1][2][2]) or told.count - told.kept
  redis.call('HSET', KEYS[1], 'seen', mark, 'seen_count', string.format('%.0f', told.seen_count))
  redis.call('PUBLISH', ARGV[3], '{"event":"feed.seen","data":{"cursor":"' .. told.epoch .. ':' .. mark
    .. '","unread":' .. string.format('%.0f', unread(told)) .. '}}')
end
return {told.epoch, told.seen, unread(told)}
