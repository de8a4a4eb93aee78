"""What Redis does in one piece."""

TAKE = """
local taken = {}
for position, key in ipairs(KEYS) do
    local held = redis.call('GET', key)
    if held and string.sub(held, 3, 10) == ARGV[2] then
        taken[position] = 0
    else
        redis.call('SET', key, ARGV[1], 'PX', ARGV[3])
        taken[position] = 1
    end
end
return taken
"""
"""Takes the lease of every slot that is absent or under another tag, which is void: KEYS slots; ARGV the lease, its
tag, its milliseconds. Returns 1 or 0 for each."""

PUT = """
local put = 0
for position, key in ipairs(KEYS) do
    if redis.call('GET', key) == ARGV[1] then
        redis.call('SET', key, ARGV[2 * position], 'PX', ARGV[2 * position + 1])
        put = put + 1
    end
end
return put
"""
"""Each value takes the place of the lease under which it was loaded, or is dropped: KEYS slots; ARGV the lease, then a
value and its milliseconds for each."""

RENEW = """
for position, key in ipairs(KEYS) do
    if redis.call('GET', key) == ARGV[2 * position - 1] then
        redis.call('SET', key, ARGV[2 * position], 'KEEPTTL')
    else
        redis.call('DEL', key)
    end
end
"""
"""Each value takes the place of the one that was there before it was read, or what is there goes: KEYS slots; ARGV what
was there and the value for each."""

ADD = """
local held = redis.call('GET', KEYS[1])
if not held then return end
local head, number, xmin, xmax, running = string.match(held, '^(1C........)(%-?%d+);(%d+):(%d+):([%d,]*)$')
if not head then return redis.call('DEL', KEYS[1]) end
local id = tonumber(ARGV[1])
local counted = id < tonumber(xmin)
    or (id < tonumber(xmax) and not string.find(',' .. running .. ',', ',' .. ARGV[1] .. ',', 1, true))
if counted then return end
local rest = string.sub(held, #head + #number + 1)
redis.call('SET', KEYS[1], head .. string.format('%d', number + ARGV[2]) .. rest, 'KEEPTTL')
"""
"""Adds to a count what one committed transaction changed, unless the snapshot in which it was counted sees that
transaction: KEYS a slot; ARGV the transaction's id, the difference. A lease is deleted: its loader may have counted
before the commit. Called once per transaction and count."""
