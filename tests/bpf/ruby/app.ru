# A Rack application with every kind of answer that the counters tell apart.
class Chunks
  def each
    yield 'HTTP'
    yield '/1.1 500 is what this body says'
    yield 'end'
  end
end

run(lambda do |env|
  case env['PATH_INFO']
  when '/ok' then [200, { 'Content-Length' => '2' }, ['ok']]
  when '/large' then [200, { 'Content-Length' => '300000' }, ['x' * 300_000]]
  when '/chunked' then [200, {}, Chunks.new]
  when '/missing' then [404, { 'Content-Length' => '0' }, []]
  when '/broken' then [503, { 'Content-Length' => '0' }, []]
  when '/raise' then raise ArgumentError, 'unhandled'
  when '/hints'
    env['rack.early_hints']&.call('Link' => '</style.css>; rel=preload')
    [200, { 'Content-Length' => '2' }, ['ok']]
  when '/pid' then [200, {}, [Process.pid.to_s]]
  else [302, { 'Location' => '/ok', 'Content-Length' => '0' }, []]
  end
end)
