-- Settle a claim: put an answer in its place, or take it away; nothing when somebody else holds the key by now.
-- KEYS[1]  the key
-- ARGV     the claim as it was written; the answer, or an empty string; milliseconds to keep it
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
if ARGV[2] == '' then
  return redis.call('DEL', KEYS[1])
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
