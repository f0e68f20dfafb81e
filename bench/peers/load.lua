-- Arguments: scenario, token, where the numbers of new items start.
local scenario, token, count

local function headers(more)
  local all = { ["Accept"] = "application/json" }
  if scenario ~= "health" then all["Authorization"] = "Bearer " .. token end
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

function init(args)
  scenario, token, count = args[1], args[2], tonumber(args[3])
end

function request()
  if scenario == "health" then return wrk.format("GET", "/health", headers()) end
  if scenario == "read" then return wrk.format("GET", "/items/" .. math.random(1000), headers()) end
  count = count + 1
  local letters = string.char(65 + math.floor(count / 26000000) % 26, 65 + math.floor(count / 1000000) % 26, 66)
  local body = string.format('{"sku":"%s-%06d","title":"Made under load","price":250,"stock":10}', letters, count % 1000000)
  return wrk.format("POST", "/items", headers({ ["Content-Type"] = "application/json" }), body)
end

function done(summary, _, _)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  io.write(string.format("RESULT %d %d\n", summary.requests, broken))
end
