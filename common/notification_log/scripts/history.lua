-- What every script of the log begins with. Nothing here runs by itself.
--
-- A user's history is a stream of entries {n = ordinal, m = message} and, outliving it, a hash
--   epoch       names this history; a wiped server starts another
--   floor       the highest id that was trimmed or expired
--   last        the highest id ever given out
--   count       how many entries there ever were
--   kept_bytes  how many bytes the kept messages have, and the entry that was the last then: <bytes>@<id>
--   seen        the seen-mark, an id; seen_count is the ordinal it stands at
-- Ids are compared as numbers: ms and seq stay below 2^53.

local DAY_S = 86400

local function parts(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end

local function precedes(a, b)
  local a_ms, a_seq = parts(a)
  local b_ms, b_seq = parts(b)
  return a_ms < b_ms or (a_ms == b_ms and a_seq < b_seq)
end

-- Returns the user's history; begins one when there is none. A stream without its hash belongs to a history that
-- nobody can tell the truth about any more, so it goes. The hash's life slides, written at most once a day by readers.
local function history(state, stream, fresh_epoch, state_ttl_s)
  local fields = redis.call('HMGET', state, 'epoch', 'floor', 'last', 'count', 'seen', 'seen_count')
  if not fields[1] then
    redis.call('DEL', stream)
    fields = {fresh_epoch, '0-0', '0-0', '0', '0-0', '0'}
    redis.call('HSET', state, 'epoch', fresh_epoch, 'floor', '0-0', 'last', '0-0', 'count', 0, 'seen', '0-0', 'seen_count', 0)
    redis.call('EXPIRE', state, state_ttl_s)
  elseif redis.call('TTL', state) < state_ttl_s - DAY_S then
    redis.call('EXPIRE', state, state_ttl_s)
  end
  local kept = redis.call('XLEN', stream)
  local told = {
    epoch = fields[1], floor = fields[2], last = fields[3], count = tonumber(fields[4]),
    seen = fields[5], seen_count = tonumber(fields[6]), kept = kept,
  }
  if kept == 0 then
    told.floor = told.last -- the stream has expired, with all that was in it
  end
  return told
end

local function unread(told)
  return math.max(0, math.min(told.count - told.seen_count, told.kept))
end

-- Names the line of writes this server continues: another name after a restart or a promotion, when the last writes
-- may be gone. Empty where INFO is forbidden.
local function replication_id()
  local told = redis.pcall('INFO', 'replication')
  return type(told) == 'string' and string.match(told, 'master_replid:(%w+)') or ''
end
