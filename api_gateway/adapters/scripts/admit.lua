-- Admit one request: does its token still count, and does it fit its caller's budget?
-- KEYS[1]  the budget: the moment it is full again, in microseconds of the server's clock
-- KEYS[2]  epoch seconds before which the user's tokens don't count; absent without a token, and in a cluster
-- KEYS[3]  exists while this token is revoked; absent likewise
-- ARGV     quota, window in seconds, the token's time of issue in epoch seconds, -1 when it doesn't tell
-- Returns  {revoked, allowed, remaining, microseconds until full, microseconds until one fits}
-- A revoked token spends nothing. revoked is 2 when KEYS[2] can't be read, by common/identity/revocation.py's rule.
local not_before = KEYS[2] and redis.call('GET', KEYS[2])
if not_before then
  if not string.find(not_before, '^%d+%.?%d*$') then
    return {2, 0, 0, 0, 0}
  end
  if tonumber(ARGV[3]) + 1 <= tonumber(not_before) then
    return {1, 0, 0, 0, 0}
  end
end
if KEYS[3] and redis.call('EXISTS', KEYS[3]) == 1 then
  return {1, 0, 0, 0, 0}
end

local quota, window = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1e6
local interval = window / quota
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1e6 + tonumber(clock[2])
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
if full_at > now + window + 1000 then
  full_at = now -- no budget takes longer: it was written before the clock was set back, and the key lives as long
end
local base = math.max(now, full_at)
local spent = base + interval
local over_by = spent - now - interval * quota
if over_by > 1 then
  return {0, 0, 0, math.ceil(base - now), math.ceil(over_by)}
end
-- %.3f: Lua's own conversion keeps 14 digits, microseconds since 1970 have 16.
redis.call('SET', KEYS[1], string.format('%.3f', spent), 'PX', math.ceil((spent - now) / 1000) + 1)
local remaining = math.floor((interval * quota - (spent - now)) / interval + 1e-6)
return {0, 1, remaining, math.ceil(spent - now), 0}
