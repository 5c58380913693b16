-- Appends and announces a message once per event.
-- KEYS: state, stream, event. All in one slot.
-- ARGV: fresh epoch, state ttl (s), channel, message, entries kept, stream ttl (ms), event ttl (s).
-- Returns {cursor, 1 when the event was known already, lineage}.

local known = redis.call('GET', KEYS[3])
if known then
  return {known, 1, lineage()}
end

local told = history(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]))
local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- XADD keeps ids rising by itself while the stream lives, also when the clock is set back; of a stream that has
-- expired only we know where it ended.
local wanted = '*'
local last_ms, last_seq = parts(told.last)
if told.kept == 0 and now_ms <= last_ms then
  wanted = string.format('%.0f-%.0f', last_ms, last_seq + 1)
end
local count = string.format('%.0f', told.count + 1)
local id = redis.call('XADD', KEYS[2], wanted, 'n', count, 'm', ARGV[4])

local floor = told.floor
local excess = told.kept + 1 - tonumber(ARGV[5])
if excess > 0 then
  local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', excess)
  floor = oldest[#oldest][1]
  redis.call('XTRIM', KEYS[2], 'MAXLEN', '=', ARGV[5])
end
local horizon_ms = now_ms - tonumber(ARGV[6])
local aged = redis.call('XREVRANGE', KEYS[2], string.format('%.0f', horizon_ms - 1), '-', 'COUNT', 1)
if #aged > 0 then
  floor = aged[1][1]
  redis.call('XTRIM', KEYS[2], 'MINID', '=', string.format('%.0f', horizon_ms))
end

local cursor = told.epoch .. ':' .. id
redis.call('HSET', KEYS[1], 'last', id, 'floor', floor, 'count', count)
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('SET', KEYS[3], cursor, 'EX', ARGV[7])
redis.call('PUBLISH', ARGV[3], string.sub(ARGV[4], 1, -2) .. ',"id":"' .. cursor .. '"}')
return {cursor, 0, lineage()}
