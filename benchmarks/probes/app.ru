# A small application that does what most do: looks for a file that is not there,
# builds some strings, answers.
run(lambda do |_env|
  begin
    File.read('/nonexistent')
  rescue Errno::ENOENT
    nil
  end
  body = Array.new(200) { |i| "line #{i} of a page\n" }.join
  [200, { 'Content-Type' => 'text/plain', 'Content-Length' => body.bytesize.to_s }, [body]]
end)
