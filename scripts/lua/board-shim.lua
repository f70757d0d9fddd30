-- Runs in stock Lua 5.1 in front of the NodeMCU bundle: hands what the bundle asks of the firmware's
-- modules to the host over two FIFOs, waits for each answer, and lives by the host's virtual time.
-- Framing as in scripts/espruino/board-shim.js. Everything else, the bundle gets from Lua itself.
bit = require("bit")

local toHost = assert(io.open("to-host", "wb"))
local fromHost = assert(io.open("from-host", "rb"))
local timers = {}
local nextTimer = 0
local onData
local peakKb = 0
-- What Lua's machine has executed, in hundreds; the same on every machine, as a clock is not.
local hundreds = 0
debug.sethook(function() hundreds = hundreds + 1 end, "", 100)

-- What a board's collector does with little room; the default lets the heap double.
collectgarbage("setpause", 110)

local function receive()
  local size = fromHost:read(2)
  if size == nil then os.exit(1) end
  local length = size:byte(1) * 256 + size:byte(2)
  if length == 0 then return "" end
  return fromHost:read(length)
end

local function send(letter, line, octets)
  local request = letter .. line .. "\n" .. (octets or "")
  toHost:write(string.char(math.floor(#request / 256), #request % 256), request)
  toHost:flush()
end

local function ask(letter, line, octets)
  local kb = collectgarbage("count")
  if kb > peakKb then peakKb = kb end
  send(letter, line, octets)
  return receive()
end

local address = 0
local frequencyHz = 0

spi = { MASTER = 0, CPOL_LOW = 0, CPHA_LOW = 0, FULLDUPLEX = 1 }
function spi.setup() end
function spi.send(_, octets) return #octets, ask("S", "", octets) end

i2c = { FAST = 400000, TRANSMITTER = 0, RECEIVER = 1 }
function i2c.setup() end
function i2c.start() end
function i2c.stop() end
function i2c.address(_, device) address = device end
function i2c.write(_, octets) ask("I", address, octets) end
function i2c.read() return ask("R", address) end

gpio = { OUTPUT = 1 }
function gpio.mode() end
function gpio.write(pin, level) ask("P", pin .. "," .. level) end

pwm2 = {}
function pwm2.setup_pin_hz(_, hz) frequencyHz = hz end
function pwm2.start() ask("T", frequencyHz) end
function pwm2.stop() ask("T", 0) end

tmr = { ALARM_SINGLE = 0 }
function tmr.now() return tonumber(ask("N", "")) end
function tmr.delay(durationUs) ask("D", durationUs) end
function tmr.create()
  return {
    alarm = function(_, delayMs, _, callback)
      nextTimer = nextTimer + 1
      timers[nextTimer] = callback
      ask("A", nextTimer .. "," .. delayMs)
    end,
  }
end

uart = {}
function uart.on(_, _, callback) onData = callback end
function uart.write(_, octets) ask("W", "", octets) end

crypto = {}
function crypto.encrypt(algorithm, key, plain, iv)
  return ask("C", algorithm, key .. (iv or string.rep("\0", 16)) .. plain)
end

rtctime = {}
function rtctime.get() return tonumber(ask("U", "")), 0 end
function rtctime.set(seconds) ask("Z", seconds) end

local function run()
  collectgarbage()
  local ownKb = collectgarbage("count")
  local bundle = assert(loadfile("clubpad.lua"))
  collectgarbage()
  local codeKb = collectgarbage("count") - ownKb
  peakKb = 0
  bundle()
  while true do
    send("n", ownKb .. "," .. codeKb .. "," .. peakKb .. "," .. hundreds)
    local turn = receive()
    hundreds = 0
    local what = turn:sub(1, 1)
    if what == "t" then
      local number = tonumber(turn:sub(2))
      local callback = timers[number]
      timers[number] = nil
      callback()
    elseif what == "d" then
      onData(turn:sub(2))
    else
      collectgarbage()
      collectgarbage()
      ask("v", collectgarbage("count"))
      peakKb = 0
    end
  end
end

local isFine, reason = xpcall(run, debug.traceback)
if not isFine then ask("x", "", tostring(reason)) end
