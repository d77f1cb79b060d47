/** What a claim does to the rows of holders, in Redis: the twin of src/quotas/rows.ts. */
export const CLAIM_ROWS = `
local states = {}
local function stateOf(name)
  if states[name] == nil then
    local raw = redis.call('HGET', KEY, 'c:' .. name)
    states[name] = raw and readState(raw) or false
  end
  return states[name]
end

local function readRow(raw)
  local seq, expires, expired, rest = match(raw, '^(%d+) (%d+) ([01])(.*)$')
  local row = { seq = num(readable(seq, 'row')), expires = num(expires), expired = expired == '1', counters = {} }
  for name, text in gmatch(rest, '|(%S+) ([^|]*)') do row.counters[name] = text end
  return row
end

local function rowText(row)
  local texts = { format('%.0f %.0f %d', row.seq, row.expires, row.expired and 1 or 0) }
  for name, text in pairs(row.counters) do texts[#texts + 1] = '|' .. name .. ' ' .. text end
  return table.concat(texts)
end

local function readMine(text)
  local hold, slot, used = match(text, '^(%-?%d+) (%-?%d+)([%d,;%-]*)$')
  return num(readable(hold, 'hold')), slot, used
end

local function countsIn(state, slot)
  return state.type ~= 'c' or state.slot == slot
end

local function charge(state, text, sign)
  local hold, slot, usedText = readMine(text)
  local parallel = state.type == 'p'
  for start, used, open in gmatch(usedText, ';(%-?%d+),(%-?%d+),(%-?%d+)') do
    used, open = num(used), num(open)
    change(state, start, parallel and -sign * used or 0, 0, sign * open, parallel and 0 or sign * open, 0)
  end
  if not parallel and hold > 0 then change(state, slot, sign * hold, 0, 0, sign * hold, 0) end
  if countsIn(state, slot) then state.held = max(0, state.held - sign * hold) end
end

local function expire(row)
  local charged = {}
  for name, text in pairs(row.counters) do
    local state = stateOf(name)
    if state then
      if state.type == 'r' then
        local hold, _, used = readMine(text)
        text = format('%.0f %s%s', hold, state.slot, used)
      end
      charge(state, text, 1)
      charged[name] = text
    end
  end
  row.expired = true
  row.counters = charged
end

local function revive(row)
  for name, text in pairs(row.counters) do
    local state = stateOf(name)
    if state then charge(state, text, -1) end
  end
  row.expired = false
end

local function isEmpty(row)
  for _, text in pairs(row.counters) do
    local hold, _, used = readMine(text)
    if hold ~= 0 or used ~= '' then return false end
  end
  return true
end

local function dueOf(row)
  return row.expired and row.expires + KEEP or row.expires
end
`;
