# frozen_string_literal: true

# One pretended host: a Puma cluster on its own loopback port.
environment "production"
workers 2
threads 1, 4
bind "tcp://127.0.0.1:#{ENV.fetch('PORT')}"
rackup File.join(__dir__, "config.ru")
# Of 2.8 s, the default, nothing is needed when a demo stops.
force_shutdown_after 2
