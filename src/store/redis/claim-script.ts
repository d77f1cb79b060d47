import { CLAIM_COUNTERS } from "./claim-counters.ts";
import { CLAIM_ROWS } from "./claim-rows.ts";
import { type Script, scriptOf } from "./script.ts";

/**
 * `applyQuota` (src/quotas/apply.ts) as Redis runs it: whoever changes one changes the other, and a differential test holds
 * them together. Its functions bear the names of their twins.
 *
 * The record is one hash. `q`: version, born, atMs, dueMs, live. `c:<counter>`: type, level, atMs, held, slot, slotMs, the sum
 * of what all its slots have used, then the slots (`;start,end,used,open,orphaned,restored`), which stay text: only the one
 * that changes is read. `h:<holder>`: seq, expiresAtMs, expired, then its counters (`|name hold slot;slot,used,open;…`). A
 * claim reads and writes its own row alone, so its cost does not grow with the fleet; all rows are read when one may be due.
 *
 * Figures are decimal integers. Nothing is written before everything was read: a record that cannot be read stays as it is.
 *
 * ARGV: time (empty for the server's own), holder, seq, leaseMs, validUntilMs, nonce, known.born, known.atMs, the number of
 * counters and how many of them are known, the names of the counters; then for each type, cap, what its type needs (b: perMinute; r: slotMs,
 * slots; c: their number, starts), keep, want, least, the number of used slots and for each slot, used, open, acked; then for
 * each known one slot, used, level.
 *
 * Reply: `now born stale holders`, then for each counter `|granted level held` and its slots.
 */
export const CLAIM: Script = scriptOf(`${CLAIM_COUNTERS}${CLAIM_ROWS}
local at = 10

local function counterOf(name, now)
  local type, cap = ARGV[at + 1], num(ARGV[at + 2])
  local counter = { name = name, type = type, cap = cap, slot = '0', ending = '0', oldest = 0 }
  at = at + 2
  if type == 'b' then
    counter.perMinute = num(ARGV[at + 1])
    at = at + 1
  elseif type == 'r' then
    local slotMs = num(ARGV[at + 1])
    counter.slotMs = ARGV[at + 1]
    counter.count = num(ARGV[at + 2])
    counter.slot = format('%.0f', floor(now / slotMs) * slotMs)
    counter.oldest = now - slotMs * (counter.count + 1) + 1
    at = at + 2
  elseif type == 'c' then
    local count, first = num(ARGV[at + 1]), at + 1
    at = first + count
    counter.ends = {}
    for index = first + 1, at - 1 do counter.ends[ARGV[index]] = ARGV[index + 1] end
    counter.ends[ARGV[at]] = '0'
    counter.lost = true
    if now < num(ARGV[at]) then
      for index = at - 1, first + 1, -1 do
        if num(ARGV[index]) <= now then
          counter.slot = ARGV[index]
          counter.ending = counter.ends[counter.slot]
          counter.oldest = index > first + 1 and num(ARGV[index - 1]) or 0
          counter.lost = false
          break
        end
      end
    end
  end
  counter.at = at
  at = at + 4 + num(ARGV[at + 4]) * 4
  return counter
end

-- keep, want, least and the used slots stand behind the counter's place.
local function post(counter, had)
  local state = states[counter.name]
  local posted = ''
  if had then
    local was, slot, usedText = readMine(had)
    if was ~= 0 and countsIn(state, slot) then hold(state, -was) end
    posted = usedText
  end
  local place, isThere, said = counter.at + 4, false, {}
  for _ = 1, num(ARGV[place]) do
    local start, usedText, openText = ARGV[place + 1], ARGV[place + 2], ARGV[place + 3]
    local mark = ';' .. start .. ','
    said[start] = true
    local from, to = find(posted, mark, 1, true)
    local last, used, open
    if from then
      _, last, used, open = find(posted, '^(%-?%d+),(%-?%d+)', to + 1)
      readable(last, 'used')
    end
    withSlotAt(state, counter, start)
    if used ~= usedText or open ~= openText then
      local more = num(usedText) - num(used or counter.type == 'p' and 0 or ARGV[place + 4])
      isThere = count(state, mark, more, num(openText), num(open or 0))
      if counter.type == 'b' then state.level = state.level - more * PARTS end
      if from then
        posted = sub(posted, 1, to) .. usedText .. ',' .. openText .. sub(posted, last + 1)
      else
        posted = posted .. mark .. usedText .. ',' .. openText
      end
    end
    place = place + 4
  end
  if counter.type == 'b' then state.level = min(state.level, (counter.cap - state.held) * PARTS) end
  hold(state, num(ARGV[counter.at + 1]))
  if posted == '' or (isThere and not find(posted, ';', 2, true)) then return posted end
  -- What ended, and of which its holder does not speak any more, it knows to be counted.
  local kept, all = {}, true
  for each, start, open in gmatch(posted, '(;(%-?%d+),%-?%d+,(%-?%d+))') do
    if (open ~= '0' or said[start]) and hasSlot(state, start) then kept[#kept + 1] = each else all = false end
  end
  return all and posted or table.concat(kept)
end

local function restore(counter, slot, used, level, knownAt, now)
  local state = states[counter.name]
  if counter.type == 'p' then return end
  if counter.type == 'b' then
    state.level = min(state.level, level + max(0, now - knownAt) * counter.perMinute)
    return
  end
  withSlotAt(state, counter, slot)
  local already = 0
  if counter.type == 'r' then
    for restored in gmatch(state.slots .. ';', ',(%-?%d+);') do already = already + num(restored) end
  else
    local _, _, _, _, _, _, restored = slotIn(state, slot)
    already = restored or 0
  end
  local more = max(0, used - already)
  if more ~= 0 then change(state, slot, more, 0, 0, 0, more) end
end

local count, knownCount = num(ARGV[9]), num(ARGV[10])
local holder, seq, leaseMs, validUntil = ARGV[2], num(ARGV[3]), num(ARGV[4]), num(ARGV[5])
local fields = { 'q', 'h:' .. holder }
for index = 1, count do fields[index + 2] = 'c:' .. ARGV[at + index] end
at = at + count

local now = num(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = num(time[1]) * 1000 + floor(num(time[2]) / 1000)
end
local got = redis.call('HMGET', KEY, unpack(fields))
local born, due, live = ARGV[6], 0, 0
local made = not got[1]
if not made then
  local madeAs, atMs, dueMs, rows = match(got[1], '^1 (%d+) (%d+) (%d+) (%d+)$')
  born, due, live = readable(madeAs, 'record'), num(dueMs), num(rows)
  now = max(now, num(atMs))
else
  readable(redis.call('EXISTS', KEY) == 0, 'record')
end

local nowText = format('%.0f', now)
local counters, reaches = {}, true
for index = 1, count do
  local counter = counterOf(ARGV[10 + index], now)
  counters[index] = counter
  reaches = reaches and not counter.lost
end
if reaches then
  for index, counter in ipairs(counters) do
    local raw = got[index + 2]
    states[counter.name] = advanced(raw and readState(raw), counter, now, nowText)
  end
end

local function reply(stale, granted)
  local texts = { nowText .. ' ' .. (stale and made and '0' or born) .. (stale and ' 1 ' or ' 0 ') .. live }
  for index, counter in ipairs(reaches and counters or {}) do
    local state = states[counter.name]
    local slots = state.slots
    if counter.type == 'c' then
      local from, last = slotIn(state, state.slot)
      slots = from and sub(slots, from, last) or ''
    end
    if stale then stateText(state) end
    texts[index + 1] = '|' .. (granted[index] or '0') .. ' ' .. state.levelText .. ' ' .. state.heldText .. slots
  end
  return table.concat(texts)
end

local row = got[2] and readRow(got[2])
if (validUntil > 0 and now > validUntil) or not reaches or seq <= (row and row.seq or 0) then return reply(true, {}) end

local changed, gone = {}, {}
if due ~= 0 and now >= due then
  due, live = 0, 0
  local all = redis.call('HGETALL', KEY)
  for index = 1, #all, 2 do
    local field = all[index]
    if sub(field, 1, 2) == 'h:' then
      local each = readRow(all[index + 1])
      local isDue, isKept = now >= dueOf(each), true
      if isDue and (each.expired or isEmpty(each)) then
        isKept = false
      elseif isDue then
        expire(each)
        isKept = now < dueOf(each)
      end
      if isKept then
        if not each.expired then live = live + 1 end
        due = due == 0 and dueOf(each) or min(due, dueOf(each))
        if isDue then changed[field] = rowText(each) end
      else
        gone[#gone + 1] = field
      end
      if field == fields[2] then row = isKept and each end
    end
  end
end

if ARGV[7] ~= '0' and ARGV[7] ~= born then
  for index = 1, knownCount do
    local place = at + (index - 1) * 3
    restore(counters[index], ARGV[place + 1], num(ARGV[place + 2]), num(ARGV[place + 3]), num(ARGV[8]), now)
  end
end
if not row or row.expired then live = live + 1 end
if row and row.expired then revive(row) end

local mine = row and row.counters or {}
local posted = {}
for index, counter in ipairs(counters) do posted[index] = post(counter, mine[counter.name]) end

local fits, rooms, granted = true, {}, {}
for index, counter in ipairs(counters) do
  rooms[index] = roomOf(states[counter.name], counter)
  local least = num(ARGV[counter.at + 3])
  if least ~= 0 and rooms[index] < least then fits = false end
end
local expires = now + leaseMs
local keep = expires + KEEP
for index, counter in ipairs(counters) do
  local state = states[counter.name]
  local amount = fits and max(0, min(num(ARGV[counter.at + 2]), rooms[index])) or 0
  local held = ARGV[counter.at + 1]
  if amount ~= 0 then
    hold(state, amount)
    held = format('%.0f', num(held) + amount)
  end
  granted[index] = amount == 0 and '0' or format('%.0f', amount)
  mine[counter.name] = held .. ' ' .. counter.slot .. posted[index]
  if counter.type == 'c' then
    keep = max(keep, num(match(state.slots, '.*;%-?%d+,(%-?%d+)') or 0) + DAY)
  elseif counter.type == 'r' then
    keep = max(keep, num(state.slot) + num(counter.slotMs) * (counter.count + 2))
  elseif counter.type == 'b' then
    keep = max(keep, now + ceil((counter.cap * PARTS - state.level) / counter.perMinute))
  end
end

due = due == 0 and expires or min(due, expires)
local write = {
  'q', format('1 %s %s %.0f %d', born, nowText, due, live),
  fields[2], rowText({ seq = seq, expires = expires, expired = false, counters = mine }),
}
for name, state in pairs(states) do
  if state then
    write[#write + 1] = 'c:' .. name
    write[#write + 1] = stateText(state)
  end
end
for field, text in pairs(changed) do redis.call('HSET', KEY, field, text) end
for _, field in ipairs(gone) do redis.call('HDEL', KEY, field) end
redis.call('HSET', KEY, unpack(write))
redis.call('PEXPIRE', KEY, format('%.0f', min(keep - now, 1e13)))
return reply(false, granted)
`);
