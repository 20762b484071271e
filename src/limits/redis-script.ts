/**
 * A count is a hash: `n` requests in the window `w`. It expires with the window. Each key has five
 * arguments: what is done, and four more.
 */
export const REDIS_SCRIPT = `
  local function add(key, by, ttl, window, atLeast)
    local n = redis.call('HINCRBY', key, 'n', by)
    local left = redis.call('PTTL', key)
    if left >= 0 then return {n, left, redis.call('HGET', key, 'w')} end
    n = math.max(n, tonumber(atLeast))
    redis.call('HSET', key, 'n', n, 'w', window)
    redis.call('PEXPIRE', key, ttl)
    return {n, tonumber(ttl), window}
  end
  local function find(key)
    local found = redis.call('HMGET', key, 'n', 'w')
    if not found[1] then return {} end
    return {tonumber(found[1]), redis.call('PTTL', key), found[2]}
  end
  local function takeBack(key, by, window)
    if redis.call('HGET', key, 'w') == window then redis.call('HINCRBY', key, 'n', -by) end
    return {}
  end
  local answers = {}
  for i, key in ipairs(KEYS) do
    local kind, a, b, c, d = unpack(ARGV, i * 5 - 4, i * 5)
    if kind == 'add' then answers[i] = add(key, a, b, c, d)
    elseif kind == 'find' then answers[i] = find(key)
    else answers[i] = takeBack(key, a, b) end
  end
  return answers`
