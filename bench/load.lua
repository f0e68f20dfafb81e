-- One request after another from a list, or, for writes, each different from all before.
-- Arguments: scenario, token, file of what is asked for, where the counting of new products starts.

local scenario, token, asked, count
local requests, at = {}, 0

local function lines(path)
  local found = {}
  for line in io.lines(path) do found[#found + 1] = line end
  return found
end

local function headers(more)
  local all = { ["Authorization"] = "Bearer " .. token, ["Accept"] = "application/json" }
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

local mcp = {
  ["Content-Type"] = "application/json",
  ["Accept"] = "application/json, text/event-stream",
  ["MCP-Protocol-Version"] = "2026-07-28",
  ["Mcp-Method"] = "tools/call",
  ["Mcp-Name"] = "get_product",
}

local call = '{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"get_product",' ..
  '"arguments":{"product":"%s"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",' ..
  '"io.modelcontextprotocol/clientCapabilities":{}}}}'

local json = { ["Content-Type"] = "application/json" }

local order = '{"lines":[{"sku":"%s","qty":1}]}'

local product = '{"sku":"%s","title":"Made under load %d","price":"%d.50","stock":10}'

-- The product code with a number: AAA-0000, AAA-0001 and on.
local function sku(number)
  local letters = math.floor(number / 10000)
  local a, b, c = math.floor(letters / 676) % 26, math.floor(letters / 26) % 26, letters % 26
  return string.char(65 + a, 65 + b, 65 + c) .. string.format("-%04d", number % 10000)
end

function init(args)
  scenario, token, asked, count = args[1], args[2], lines(args[3]), tonumber(args[4])
  for number, line in ipairs(asked) do
    if scenario == "paths" then
      requests[number] = wrk.format("GET", line, headers())
    elseif scenario == "tool" then
      requests[number] = wrk.format("POST", "/mcp", headers(mcp), call:format(number, line))
    elseif scenario == "order" then
      requests[number] = wrk.format("POST", "/orders", headers(json), order:format(line))
    end
  end
end

function request()
  if scenario == "product" then
    count = count + 1
    return wrk.format("POST", "/products", headers(json), product:format(sku(count), count, count % 1000))
  end
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency, _)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), errors.status, broken))
end
