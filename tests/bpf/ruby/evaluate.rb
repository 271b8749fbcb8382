# Does what the test says, line by line, and answers when it is done.
$stdout.sync = true

# Handled exceptions, as most of a real program's are. Extra requires and lazily
# built messages would raise more: so nothing here uses any.
def raise_times(klass, count)
  count.times do
    begin
      raise klass, 'x'
    rescue Exception
      nil
    end
  end
end

def raise_in_threads(klass, threads, count)
  threads.times.map { Thread.new { raise_times(klass, count) } }.each(&:join)
  nil
end

# A child that does the same on being told so through a pipe of its own, so that
# it raises at a time that the test has chosen.
def fork_child(klass, count)
  from_parent, @to_child = IO.pipe
  @from_child, to_parent = IO.pipe
  @child = fork do
    @to_child.close
    from_parent.getbyte
    raise_times(klass, count)
    to_parent.write('d')
    from_parent.getbyte
    exit!(7)
  end
  @child
end

def child_raises
  @to_child.write('r')
  @from_child.getbyte
end

def child_ends
  @to_child.write('e')
  Process.wait(@child)
end

puts 'ready'
while (line = $stdin.gets)
  puts(eval(line).inspect)
end
