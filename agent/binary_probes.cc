#include "agent/binary_probes.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace haldane::agent {
namespace {

using haldane::v1::ProbeSource;

std::string NameOf(const BinaryKey& binary) {
  return absl::StrCat(binary.build_id, ":", binary.inode, ":", binary.size);
}

}  // namespace

bool BinaryProbes::Attach(const BinaryKey& binary) {
  if (is_done(binary)) return true;
  const Interpreter* interpreter = processes_->interpreter(binary);
  if (interpreter == nullptr) return false;
  const std::string& source_name = ProbeSource_Name(interpreter->raise.source);
  const absl::StatusOr<std::string> path = processes_->OpenablePath(binary);
  if (!path.ok()) return false;  // its processes are gone; the next scan will say so
  counters_->AttachInterpreter(NameOf(binary), *path);
  if (interpreter->raise.source == haldane::v1::PROBE_SOURCE_NONE) {
    LogWarning("exceptions of this Ruby cannot be counted",
               {{"build_id", binary.build_id},
                {"ruby", interpreter->version},
                {"reason", interpreter->raise.explanation},
                {"hint", "install the interpreter's debug symbols"}});
    sources_[binary] = haldane::v1::PROBE_SOURCE_NONE;
    return true;
  }
  const absl::Status attached = counters_->AttachRaise(NameOf(binary), *path, interpreter->raise);
  if (absl::IsNotFound(attached)) return false;
  if (!attached.ok()) {
    LogError("cannot attach the raise probe",
             {{"build_id", binary.build_id},
              {"ruby", interpreter->version},
              {"source", source_name},
              {"reason", attached.message()},
              {"hint", "exceptions are not counted until the service is watched anew"}});
    sources_[binary] = haldane::v1::PROBE_SOURCE_NONE;
    return true;
  }
  LogInfo("raise probe attached", {{"build_id", binary.build_id},
                                   {"ruby", interpreter->version},
                                   {"source", source_name},
                                   {"explanation", interpreter->raise.explanation}});
  sources_[binary] = interpreter->raise.source;
  return true;
}

void BinaryProbes::DetachAllBut(const std::set<BinaryKey>& used) {
  for (auto it = sources_.begin(); it != sources_.end();) {
    if (used.count(it->first) > 0) {
      ++it;
      continue;
    }
    counters_->DetachRaise(NameOf(it->first));
    LogInfo("probes detached", {{"build_id", it->first.build_id}});
    it = sources_.erase(it);
  }
}

void BinaryProbes::DetachWitnesses(const BinaryKey& binary) { counters_->DetachWitnesses(NameOf(binary)); }

ProbeSource BinaryProbes::source(const BinaryKey& binary) const {
  if (const auto it = sources_.find(binary); it != sources_.end()) return it->second;
  const Interpreter* interpreter = processes_->interpreter(binary);
  return interpreter == nullptr ? haldane::v1::PROBE_SOURCE_UNSPECIFIED : interpreter->raise.source;
}

std::map<ProbeSource, int> BinaryProbes::Attached() const {
  std::map<ProbeSource, int> attached;
  for (const auto& [binary, source] : sources_) {
    if (source != haldane::v1::PROBE_SOURCE_NONE) ++attached[source];
  }
  return attached;
}

}  // namespace haldane::agent
