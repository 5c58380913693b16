-- Put something else in a claim's place: an answer, or another claim; nothing when that was done by somebody else.
-- KEYS[1]  the key
-- ARGV     the claim as it was written; what takes its place; milliseconds to keep that
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
