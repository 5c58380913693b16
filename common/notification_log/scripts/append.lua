-- Appends and announces a message once per event, and once per fingerprint of what the event tells.
-- KEYS: state, stream, event, and, where there is one, fingerprint. All in one slot.
-- ARGV: fresh epoch, state ttl (s), channel, message, entries kept, bytes kept, stream ttl (ms).
-- Returns {cursor, 1 when the event or its fingerprint was known already, replication_id}.

-- Returns how many bytes the kept messages have: as noted with the last entry, or else counted. An earlier build, which
-- may run beside this one while it is replaced, notes nothing.
local function bytes_kept(state, stream, told)
  local bytes, noted_at = string.match(redis.call('HGET', state, 'kept_bytes') or '', '^(%d+)@(.+)$')
  if told.kept == 0 then
    return 0
  elseif noted_at == told.last then
    return tonumber(bytes)
  end
  local sum = 0
  for _, entry in ipairs(redis.call('XRANGE', stream, '-', '+')) do
    sum = sum + #entry[2][4]
  end
  return sum
end

local known = redis.call('GET', KEYS[3]) or (KEYS[4] and redis.call('GET', KEYS[4]))
if known then
  return {known, 1, replication_id()}
end

local told = history(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]))
local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- An id's second part is the entry's ordinal: who gets two announcements knows whether one between them is missing.
-- Ids rise also when the clock is set back, and when the stream has expired: the ordinal always does.
local count = string.format('%.0f', told.count + 1)
local last_ms = parts(told.last)
local wanted = string.format('%.0f-%s', math.max(now_ms, last_ms), count)
local bytes = bytes_kept(KEYS[1], KEYS[2], told) + #ARGV[4]
local id = redis.call('XADD', KEYS[2], wanted, 'n', count, 'm', ARGV[4])

-- The oldest go while there are too many, too many bytes, or they are too old; the newest always stays.
local floor = told.floor
local horizon_ms = now_ms - tonumber(ARGV[7])
for kept = told.kept + 1, 2, -1 do
  local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
  if kept <= tonumber(ARGV[5]) and bytes <= tonumber(ARGV[6]) and parts(oldest[1]) >= horizon_ms then
    break
  end
  floor = oldest[1]
  bytes = bytes - #oldest[2][4]
  redis.call('XDEL', KEYS[2], floor)
end

local cursor = told.epoch .. ':' .. id
redis.call('HSET', KEYS[1], 'last', id, 'floor', floor, 'count', count, 'kept_bytes', string.format('%.0f@%s', bytes, id))
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[7])
for place = 3, #KEYS do
  redis.call('SET', KEYS[place], cursor, 'PX', ARGV[7])
end
redis.call('PUBLISH', ARGV[3], string.sub(ARGV[4], 1, -2) .. ',"id":"' .. cursor .. '"}')
return {cursor, 0, replication_id()}
