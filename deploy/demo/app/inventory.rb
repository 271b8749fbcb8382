# frozen_string_literal: true

# How many of a product are left. The defect of the demo's second canary lives
# here: a cached level is taken for stale, the error is raised, and the caller
# quietly uses the database instead. No response shows it.
class Inventory
  class StaleCacheError < StandardError; end

  # swallow: share of lookups that take a fresh level for a stale one.
  def initialize(swallow:)
    @swallow = swallow
  end

  def level(product)
    cached_level(product)
  rescue StaleCacheError
    stored_level(product)
  end

  private

  def cached_level(product)
    raise StaleCacheError, "level of product #{product} is stale" if rand < @swallow

    stored_level(product)
  end

  def stored_level(product)
    product * 7 % 40
  end
end
