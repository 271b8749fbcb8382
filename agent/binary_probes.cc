#include "agent/binary_probes.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace haldane::agent {
namespace {

using haldane::v1::ProbeSource;

// Far more containers of one image than have each changed the interpreter.
constexpr size_t kMaxFilesOfBinary = 64;

std::optional<FileIdentity> IdentityOf(const std::string& path) {
  struct stat about;
  if (stat(path.c_str(), &about) != 0) return std::nullopt;
  return FileIdentity::Of(about);
}

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
  const absl::Status attached = AttachTo(binary, NameOf(binary), *path);
  if (absl::IsNotFound(attached)) return false;
  ProbeSource& source = binaries_[binary].source;
  source = interpreter->raise.source;
  binaries_[binary].files = {{NameOf(binary), IdentityOf(*path).value_or(FileIdentity())}};
  if (source == haldane::v1::PROBE_SOURCE_NONE) {
    LogWarning("exceptions of this Ruby cannot be counted",
               {{"build_id", binary.build_id},
                {"ruby", interpreter->version},
                {"reason", interpreter->raise.explanation},
                {"hint", "install the interpreter's debug symbols"}});
  } else if (!attached.ok()) {
    LogError("cannot attach the raise probe",
             {{"build_id", binary.build_id},
              {"ruby", interpreter->version},
              {"source", source_name},
              {"reason", attached.message()},
              {"hint", "exceptions are not counted until the service is watched anew"}});
    source = haldane::v1::PROBE_SOURCE_NONE;
  } else {
    LogInfo("raise probe attached", {{"build_id", binary.build_id},
                                     {"ruby", interpreter->version},
                                     {"source", source_name},
                                     {"explanation", interpreter->raise.explanation}});
  }
  return true;
}

absl::Status BinaryProbes::AttachTo(const BinaryKey& binary, const std::string& name,
                                    const std::string& path) {
  const RaiseProbe& probe = processes_->interpreter(binary)->raise;
  counters_->AttachInterpreter(name, path);
  if (probe.source == haldane::v1::PROBE_SOURCE_NONE) return absl::OkStatus();
  return counters_->AttachRaise(name, path, probe);
}

absl::Status BinaryProbes::Cover(const RubyProcess& process) {
  const auto done = binaries_.find(process.binary);
  const Interpreter* interpreter = processes_->interpreter(process.binary);
  if (done == binaries_.end() || interpreter == nullptr ||
      done->second.source == haldane::v1::PROBE_SOURCE_NONE) {
    return absl::NotFoundError("no probe is attached");
  }
  const absl::Status missing = processes_->CheckBreakpoints(process, interpreter->raise);
  std::vector<File>& files = done->second.files;
  if (!absl::IsFailedPrecondition(missing) || files.size() >= kMaxFilesOfBinary) return missing;
  const absl::StatusOr<std::string> path = processes_->OpenablePathOf(process);
  const std::optional<FileIdentity> identity = path.ok() ? IdentityOf(*path) : std::nullopt;
  const auto is_same = [&](const File& file) { return file.identity == *identity; };
  if (!identity || std::any_of(files.begin(), files.end(), is_same)) return missing;
  const std::string name = absl::StrCat(NameOf(process.binary), ":", files.size());
  if (!AttachTo(process.binary, name, *path).ok()) return missing;
  files.push_back({name, *identity});
  LogInfo("raise probe attached to another file of the same binary",
          {{"build_id", process.binary.build_id}, {"pid", static_cast<int64_t>(process.pid)}});
  return processes_->CheckBreakpoints(process, interpreter->raise);
}

void BinaryProbes::DetachAllBut(const std::set<BinaryKey>& used) {
  for (auto it = binaries_.begin(); it != binaries_.end();) {
    if (used.count(it->first) > 0) {
      ++it;
      continue;
    }
    for (const File& file : it->second.files) counters_->DetachRaise(file.name);
    LogInfo("probes detached", {{"build_id", it->first.build_id}});
    it = binaries_.erase(it);
  }
}

void BinaryProbes::DetachWitnesses(const BinaryKey& binary) {
  const auto done = binaries_.find(binary);
  if (done == binaries_.end()) return;
  for (const File& file : done->second.files) counters_->DetachWitnesses(file.name);
}

ProbeSource BinaryProbes::source(const BinaryKey& binary) const {
  if (const auto it = binaries_.find(binary); it != binaries_.end()) return it->second.source;
  const Interpreter* interpreter = processes_->interpreter(binary);
  return interpreter == nullptr ? haldane::v1::PROBE_SOURCE_UNSPECIFIED : interpreter->raise.source;
}

std::map<ProbeSource, int> BinaryProbes::Attached() const {
  std::map<ProbeSource, int> attached;
  for (const auto& [key, binary] : binaries_) {
    if (binary.source != haldane::v1::PROBE_SOURCE_NONE) {
      attached[binary.source] += static_cast<int>(binary.files.size());
    }
  }
  return attached;
}

}  // namespace haldane::agent
