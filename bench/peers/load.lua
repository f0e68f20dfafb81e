-- Arguments: scenario, token, where the numbers of new items start.
local scenario, token, count

local function headers(more)
  local all = { ["Accept"] = "application/json, text/event-stream" }
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
  if scenario == "mcp" then
    local call = '{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"get_item","arguments":{"item":%d}}}'
    local more = { ["Content-Type"] = "application/json", ["MCP-Protocol-Version"] = "2025-11-25" }
    return wrk.format("POST", "/mcp", headers(more), string.format(call, count, math.random(1000)))
  end
  local letters = string.char(65 + math.floor(count / 26000000) % 26, 65 + math.floor(count / 1000000) % 26, 66)
  local body = string.format('{"sku":"%s-%06d","title":"Made under load","price":250,"stock":10}', letters, count % 1000000)
  return wrk.format("POST", "/items", headers({ ["Content-Type"] = "application/json" }), body)
end

function done(summary, _, _)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  io.write(string.format("RESULT %d %d\n", summary.requests, broken))
end
