-- Neovim without a screen: it opens a file, sees what is wrong, applies the fix, renames over two files.
--
--     QUATER=…/quater nvim --headless --clean -l editor.lua (or -c 'luafile editor.lua' before 0.9)
local folder = vim.fn.tempname()
vim.fn.mkdir(folder, "p")

local function write(name, lines)
  vim.fn.writefile(lines, folder .. "/" .. name)
end

local function fail(why)
  io.stderr:write(why .. "\n")
  vim.cmd("cquit 1")
end

local function wait(what, done)
  if not vim.wait(20000, done, 20) then
    fail("waited in vain for " .. what)
  end
end

write("common.qtr", { "type Money = decimal(2)" })
write("shop.qtr", {
  "service shop version 1",
  'use Money from "./common.qtr"',
  "type Price { amount: Money }",
  "type Total { sum: Mony }",
})

vim.cmd("edit " .. folder .. "/shop.qtr")
local buffer = vim.api.nvim_get_current_buf()
vim.bo[buffer].filetype = "quater"
local client = vim.lsp.start_client({ name = "quater", cmd = { vim.env.QUATER, "lsp" }, root_dir = folder })
vim.lsp.buf_attach_client(buffer, client)

-- Warnings may stand: types that nothing uses yet.
local function errors()
  return vim.diagnostic.get(buffer, { severity = vim.diagnostic.severity.ERROR })
end

wait("the report", function()
  return #errors() == 1
end)
local report = errors()[1]
if report.code ~= "E0201" or report.lnum ~= 3 then
  fail("not the report that was expected: " .. vim.inspect(report))
end

local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(buffer, method, params, 20000)
  local answer = answers and answers[client]
  if not answer or not answer.result then
    fail("no answer to " .. method .. ": " .. vim.inspect(answers))
  end
  return answer.result
end

local uri = vim.uri_from_bufnr(buffer)
local line = { start = { line = 3, character = 0 }, ["end"] = { line = 3, character = 24 } }
local actions = ask("textDocument/codeAction", {
  textDocument = { uri = uri },
  range = line,
  context = { diagnostics = {} },
})
for _, action in ipairs(actions) do
  if action.isPreferred then
    vim.lsp.util.apply_workspace_edit(action.edit, "utf-16")
    break
  end
end
wait("the report to go", function()
  return #errors() == 0
end)

local edit = ask("textDocument/rename", {
  textDocument = { uri = uri },
  position = { line = 1, character = 5 },
  newName = "Amount",
})
vim.lsp.util.apply_workspace_edit(edit, "utf-16")
vim.cmd("wall")

local function read(name)
  return table.concat(vim.fn.readfile(folder .. "/" .. name), "\n")
end
local shop, common = read("shop.qtr"), read("common.qtr")
local _, uses = shop:gsub("Amount", "")
if uses ~= 3 or not common:find("type Amount") or shop:find("Money") then
  fail("not renamed everywhere:\n" .. shop .. "\n" .. common)
end
print("reported, mended, renamed over two files\n")
vim.cmd("quitall!")
