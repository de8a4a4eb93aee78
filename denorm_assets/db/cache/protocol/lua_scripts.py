"""What Redis does in one piece.

A slot is its *base*, and, where counts are concerned, what was *added* since: `id:difference,` for each transaction.
"""

_HELD = """
local function held_under(key)
    local held = redis.pcall('GET', key)
    return type(held) == 'string' and held
end
"""
"""What a slot holds; nothing where somebody put a list or the like there, which the next value overwrites."""

TAKE = f"""{_HELD}
local taken = {{}}
for position, key in ipairs(KEYS) do
    local held = held_under(key)
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

_UNSEEN = """
local function unseen(base, id)
    local xmin, xmax, running = string.match(base, '^1C........(%d+):(%d+):([%d,]*);')
    if not xmin then return true end
    local number = tonumber(id)
    if number < tonumber(xmin) then return false end
    return number >= tonumber(xmax) or string.find(',' .. running .. ',', ',' .. id .. ',', 1, true) ~= nil
end
"""
"""Whether the snapshot of a count does not see a transaction; a lease has none yet, and sees nothing."""

_REPLACED = """
local function replaced(key, was, base)
    local held = held_under(key)
    if not held or string.sub(held, 1, #was) ~= was then return nil end
    local value = base
    for id, difference in string.gmatch(string.sub(held, #was + 1), '(%d+):(%-?%d+),') do
        if unseen(base, id) then value = value .. id .. ':' .. difference .. ',' end
    end
    return value
end
"""
"""A new base in the place of the one that was there, with what was added that it does not see; nil where another one is
there."""

PUT = f"""{_HELD}{_UNSEEN}{_REPLACED}
local put = 0
for position, key in ipairs(KEYS) do
    local value = replaced(key, ARGV[1], ARGV[2 * position])
    if value then
        redis.call('SET', key, value, 'PX', ARGV[2 * position + 1])
        put = put + 1
    end
end
return put
"""
"""Each value takes the place of the lease under which it was loaded, or is dropped: KEYS slots; ARGV the lease, then a
value and its milliseconds for each."""

GIVE_BACK = f"""{_HELD}
for _, key in ipairs(KEYS) do
    local held = held_under(key)
    if held and string.sub(held, 1, #ARGV[1]) == ARGV[1] then redis.call('DEL', key) end
end
"""
"""Ends a lease under which nothing will be loaded: KEYS slots; ARGV the lease."""

RENEW = f"""{_HELD}{_UNSEEN}{_REPLACED}
for position, key in ipairs(KEYS) do
    local value = replaced(key, ARGV[3 * position - 2], ARGV[3 * position - 1])
    if value then
        redis.call('SET', key, value, 'PX', ARGV[3 * position])
    else
        redis.call('DEL', key)
    end
end
"""
"""Each count takes the place of the base that was there before it was counted, or what is there goes: KEYS slots; ARGV
that base, the count and its milliseconds for each."""

ADD = f"""{_HELD}{_UNSEEN}
local held = held_under(KEYS[1])
if not held then return end
local kind = string.sub(held, 2, 2)
if #held > 16384 or (kind ~= 'C' and kind ~= 'L') then return redis.call('DEL', KEYS[1]) end
if kind == 'L' or unseen(held, ARGV[1]) then redis.call('APPEND', KEYS[1], ARGV[1] .. ':' .. ARGV[2] .. ',') end
"""
"""Adds to a count what one committed transaction changed, unless the snapshot in which it was counted sees that
transaction: KEYS a slot; ARGV the transaction's id, the difference. A lease keeps it for the count that takes its
place. Called once per transaction and count. Where too much is kept, which the next keeper would have counted anew, the
slot goes."""
