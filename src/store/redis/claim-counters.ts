/**
 * What a claim does to a counter, in Redis: the twin of src/quotas/counter-state.ts. Slots stay text, and only the one that
 * changes is read: a rolling window may have sixty.
 */
export const CLAIM_COUNTERS = `
local KEY = KEYS[1]
local PARTS, KEEP, DAY = 60000, 3600000, 86400000
local ceil, floor, max, min, num = math.ceil, math.floor, math.max, math.min, tonumber
local unpack = unpack or table.unpack
local find, format, gmatch, match, sub = string.find, string.format, string.gmatch, string.match, string.sub

local function readable(value, what)
  if not value then error('HEADGATE_UNREADABLE: ' .. what) end
  return value
end

local function slotIn(state, start)
  local from, to = find(state.slots, ';' .. start .. ',', 1, true)
  if not from then return nil end
  local _, last, ending, used, open, orphaned, restored =
    find(state.slots, '^(%-?%d+),(%-?%d+),(%-?%d+),(%-?%d+),(%-?%d+)', to + 1)
  return from, readable(last, 'slot'), ending, num(used), num(open), num(orphaned), num(restored)
end

local function hasSlot(state, start)
  return find(state.slots, ';' .. start .. ',', 1, true)
end

-- Beyond what a double holds exactly, sums depend on their order: there it is taken anew, slot by slot.
local EXACT = 9007199254740992
local function addToSum(state, amount)
  state.inexact = state.inexact or state.sum >= EXACT or state.sum <= -EXACT
  state.sum = state.sum + amount
  state.inexact = state.inexact or state.sum >= EXACT or state.sum <= -EXACT
end

local function usedInAll(state)
  if state.inexact then
    state.sum = 0
    for used in gmatch(state.slots, ';%-?%d+,%-?%d+,(%-?%d+)') do state.sum = state.sum + num(used) end
  end
  return state.sum
end

-- Adds to the figures of a slot that is there; of what is open, closed is taken out.
local function change(state, start, used, open, closed, orphaned, restored)
  local from, last, ending, hadUsed, hadOpen, hadOrphaned, hadRestored = slotIn(state, start)
  if not from then return end
  addToSum(state, used)
  state.slots = sub(state.slots, 1, from - 1)
    .. format(';%s,%s,%.0f,%.0f,%.0f,%.0f', start, ending, hadUsed + used, hadOpen + open - closed, hadOrphaned + orphaned, hadRestored + restored)
    .. sub(state.slots, last + 1)
end

-- The same where nothing but what is used and what is open changes, and that is given: a claim's usual case.
-- Answers whether the slot is there. mark is the slot's beginning in the text.
local function count(state, mark, more, open, closed)
  local from, to = find(state.slots, mark, 1, true)
  if not from then return false end
  local _, last, ending, used, wasOpen = find(state.slots, '^(%-?%d+),(%-?%d+),(%-?%d+)', to + 1)
  readable(last, 'slot')
  addToSum(state, more)
  state.slots = sub(state.slots, 1, to)
    .. format('%s,%.0f,%.0f', ending, num(used) + more, num(wasOpen) + open - closed)
    .. sub(state.slots, last + 1)
  return true
end

local function withSlot(state, start, ending)
  if hasSlot(state, start) then return end
  local slot = ';' .. start .. ',' .. ending .. ',0,0,0,0'
  local last = match(state.slots, '.*;(%-?%d+),')
  if not last or num(last) < num(start) then
    state.slots = state.slots .. slot
    return
  end
  for place, other in gmatch(state.slots, '();(%-?%d+),') do
    if num(other) > num(start) then
      state.slots = sub(state.slots, 1, place - 1) .. slot .. sub(state.slots, place)
      return
    end
  end
end

local function dropBefore(state, oldest)
  while true do
    local start, used, place = match(state.slots, '^;(%-?%d+),%-?%d+,(%-?%d+)[^;]*()')
    if not start or num(start) >= oldest then return end
    addToSum(state, -num(used))
    state.slots = sub(state.slots, place)
  end
end

local function withSlotAt(state, counter, start)
  local ending = counter.type == 'r' and '0' or counter.ends and counter.ends[start]
  if not ending or start == state.slot or num(start) < counter.oldest then return end
  withSlot(state, start, ending)
end

local function opened(known, counter, now)
  if hasSlot(known, counter.slot) then return 0 end
  local running, carried = false, known.held
  for ending, used in gmatch(known.slots, ';%-?%d+,(%-?%d+),(%-?%d+)') do
    if num(ending) > now then
      running = true
      carried = carried + num(used)
    end
  end
  return running and carried or 0
end

local function advanced(known, counter, now, nowText)
  if known and (known.type ~= counter.type or (counter.type == 'r' and known.slotMs ~= counter.slotMs)) then known = nil end
  if not known then
    return {
      type = counter.type, level = counter.type == 'b' and counter.cap * PARTS or 0, at = nowText, held = 0, slot = counter.slot,
      slotMs = counter.slotMs or '0', sum = 0, slots = ';' .. counter.slot .. ',' .. counter.ending .. ',0,0,0,0',
    }
  end
  if counter.type == 'p' then return known end
  if counter.type == 'b' then
    known.level = min(known.level + (now - num(known.at)) * counter.perMinute, (counter.cap - known.held) * PARTS)
    known.at = nowText
    return known
  end
  if known.slot == counter.slot and num(match(known.slots, '^;(%-?%d+)') or 0) >= counter.oldest then return known end
  local carried = counter.type == 'c' and opened(known, counter, now) or 0
  dropBefore(known, counter.oldest)
  withSlot(known, counter.slot, counter.ending)
  local slotBefore = known.slot
  known.slot = counter.slot
  if counter.type == 'c' then
    if slotBefore ~= counter.slot then known.held = 0 end
    if carried ~= 0 then change(known, counter.slot, carried, 0, 0, 0, carried) end
  end
  return known
end

local function readState(raw)
  local type, level, at, held, slot, slotMs, sum, place =
    match(raw, '^([brcp]) (%-?%d+) (%-?%d+) (%-?%d+) (%-?%d+) (%d+) (%-?%d+)()')
  local slots = sub(raw, readable(place, 'counter'))
  readable(slots == '' or sub(slots, 1, 1) == ';', 'counter')
  return {
    type = type, level = num(level), at = at, held = num(held), slot = slot, slotMs = slotMs, sum = num(sum), slots = slots,
  }
end

local function stateText(state)
  state.levelText = state.type == 'b' and format('%.0f', state.level) or '0'
  state.heldText = format('%.0f', state.held)
  return state.type .. ' ' .. state.levelText .. ' ' .. state.at .. ' ' .. state.heldText .. ' ' .. state.slot .. ' ' .. state.slotMs
    .. format(' %.0f', usedInAll(state)) .. state.slots
end

local function roomOf(state, counter)
  if counter.type == 'b' then return floor(state.level / PARTS) end
  if counter.type ~= 'c' then return counter.cap - usedInAll(state) - state.held end
  local _, to = find(state.slots, ';' .. state.slot .. ',', 1, true)
  local used = to and num(readable(match(state.slots, '^%-?%d+,(%-?%d+)', to + 1), 'slot')) or 0
  return counter.cap - used - state.held
end

local function hold(state, amount)
  state.held = max(0, state.held + amount)
  if state.type == 'b' then state.level = state.level - amount * PARTS end
end
`;
