# frozen_string_literal: true

require "erb"
require_relative "inventory"
require_relative "page_cache"

# A shop's product page: a query, a cache lookup on disk, a template.
class Shop
  PRODUCTS = (1..50).freeze
  QUERY_SECONDS = 0.005 # stands for a database, so that load is bounded by waiting and not by CPU
  HEADERS = { "Content-Type" => "text/html; charset=utf-8" }.freeze

  # unavailable: share of requests for which the database has no connection.
  def initialize(cache:, revision:, swallow:, unavailable:)
    @pages = PageCache.new(File.join(cache, Process.pid.to_s))
    @inventory = Inventory.new(swallow: swallow)
    @template = ERB.new(File.read(File.join(__dir__, "product.html.erb")))
    @headers = HEADERS.merge("X-Revision" => revision)
    @unavailable = unavailable
    PRODUCTS.each { |product| page(product) } # a warm cache, as after a real deployment's smoke test
  end

  def call(_env)
    sleep QUERY_SECONDS
    return [503, @headers, ["no database connection\n"]] if rand < @unavailable

    product = rand(PRODUCTS)
    level = @inventory.level(product)
    [200, @headers, [page(product).sub("LEVEL", level.to_s)]]
  end

  private

  def page(product)
    @pages.fetch(product) { @template.result_with_hash(product: product) }
  end
end
