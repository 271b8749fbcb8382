# A server that takes one step at a time, as the test says: so that every read and
# every write is known.
require 'socket'

def listen_on(path)
  @server = path ? UNIXServer.new(path) : TCPServer.new('127.0.0.1', 0)
  path || @server.addr[1]
end

def accept_one
  @connection = @server.accept
  @connection.fileno
end

# One read of at most so many bytes.
def read_some(count = 16_384)
  @connection.readpartial(count).bytesize
end

def answer(status = 200)
  @connection.syswrite("HTTP/1.1 #{status} x\r\nContent-Length: 0\r\n\r\n")
end

load File.join(__dir__, 'evaluate.rb')
