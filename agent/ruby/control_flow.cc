#include "agent/ruby/control_flow.h"

#include "absl/container/flat_hash_set.h"

namespace haldane::agent {

bool IsControlFlow(absl::string_view class_name) {
  static const auto* const classes = new absl::flat_hash_set<absl::string_view>{
      "StopIteration",       // loop { enumerator.next }
      "ClosedQueueError",    // a queue's consumers are told to stop
      "SystemExit",          // exit
      "Interrupt",           // the terminal's or supervisor's request to stop
      "SignalException",     // the same by another signal
      "UncaughtThrowError",  // throw without its catch
      "LoadError",           // require tries one library, then another
      "Gem::LoadError",      //
      "Gem::MissingSpecError",
      "Gem::MissingSpecVersionError",
      // Non-blocking input and output that is not ready, by what it waits for.
      "IO::EAGAINWaitReadable",
      "IO::EAGAINWaitWritable",
      "IO::EWOULDBLOCKWaitReadable",
      "IO::EWOULDBLOCKWaitWritable",
      "IO::EINPROGRESSWaitReadable",
      "IO::EINPROGRESSWaitWritable",
      "OpenSSL::SSL::SSLErrorWaitReadable",
      "OpenSSL::SSL::SSLErrorWaitWritable",
      "Errno::EAGAIN",
      "Errno::EINPROGRESS",
      // What Timeout.timeout unwinds with inside, before Timeout::Error is raised.
      "Timeout::ExitException",
  };
  return classes->contains(class_name);
}

}  // namespace haldane::agent
