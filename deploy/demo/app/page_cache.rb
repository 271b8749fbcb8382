# frozen_string_literal: true

require "fileutils"

# Rendered pages on disk, one file each. A miss is an Errno::ENOENT that is
# rescued where it is expected: handled exceptions are normal in Ruby, which is
# why they have to be compared and not counted.
class PageCache
  EXPIRY = 0.005 # share of lookups that find the page expired

  def initialize(folder)
    @folder = folder
    FileUtils.mkdir_p(folder)
  end

  # The page under the key; the block renders it when it is not there.
  def fetch(key)
    path = File.join(@folder, "#{key}.html")
    expire(path) if rand < EXPIRY
    File.read(path)
  rescue Errno::ENOENT
    yield.tap { |page| store(path, page) }
  end

  private

  def expire(path)
    File.unlink(path) if File.exist?(path)
  end

  # Renamed into place, so that no other thread reads half a page.
  def store(path, page)
    unfinished = "#{path}.#{Thread.current.object_id}"
    File.write(unfinished, page)
    File.rename(unfinished, path)
  end
end
