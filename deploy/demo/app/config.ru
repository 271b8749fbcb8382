# frozen_string_literal: true

require_relative "shop"

run Shop.new(cache: ENV.fetch("DEMO_CACHE"),
             revision: ENV.fetch("HALDANE_REVISION"),
             swallow: Float(ENV.fetch("DEMO_SWALLOW", "0")),
             unavailable: 0.0025 + Float(ENV.fetch("DEMO_5XX", "0")))
