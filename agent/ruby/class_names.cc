#include "agent/ruby/class_names.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/ruby/elf_image.h"
#include "agent/ruby/memory_map.h"
#include "agent/ruby/process_memory.h"
#include "agent/ruby/symbols.h"

namespace haldane::agent {
namespace {

// Binaries are met by the processes' choice, so what is kept is bounded.
constexpr size_t kMaxBinaries = 4096;
// A process that is still starting has no classes yet, so one failure says little.
constexpr int kMaxFailedCalibrations = 32;

// Exported since Ruby 1.8: variable, class, variable of its superclass.
struct ExportedClass {
  absl::string_view variable;
  absl::string_view name;
  absl::string_view super;
};
constexpr ExportedClass kExportedClasses[] = {
    {"rb_eStandardError", "StandardError", "rb_eException"},
    {"rb_eArgError", "ArgumentError", "rb_eStandardError"},
    {"rb_eRuntimeError", "RuntimeError", "rb_eStandardError"},
    {"rb_eTypeError", "TypeError", "rb_eStandardError"},
    {"rb_eIOError", "IOError", "rb_eStandardError"},
    {"rb_eZeroDivError", "ZeroDivisionError", "rb_eStandardError"},
    {"rb_eScriptError", "ScriptError", "rb_eException"},
    {"rb_eSignal", "SignalException", "rb_eException"},
};

}  // namespace

std::optional<std::string> ClassNames::Name(uint32_t pid, uint64_t start_ns, uint32_t image, uint64_t klass) {
  Process* process = FindProcess(pid, start_ns, image);
  if (process == nullptr) return std::nullopt;
  const ProcessMemory memory(pid);
  const ClassLayout* layout = LayoutFor(memory, *process);
  if (layout == nullptr) return std::nullopt;
  const std::optional<uint64_t> exception =
      memory.ReadWord(process->binary->exception_address + process->bias);
  if (!exception) return std::nullopt;
  return layout->NameOf(memory, klass, *exception);
}

ClassNames::Process* ClassNames::FindProcess(uint32_t pid, uint64_t start_ns, uint32_t image) {
  const auto known = processes_.find(pid);
  if (known != processes_.end()) {
    if (known->second.start_ns == start_ns && known->second.image == image) return &known->second;
    processes_.erase(known);
  }
  Process process{.start_ns = start_ns, .image = image};
  if (!FindBinary(pid, &process)) return nullptr;
  return &(processes_[pid] = process);
}

bool ClassNames::FindBinary(uint32_t pid, Process* process) {
  const std::string folder = absl::StrCat(proc_, "/", pid);
  const auto mappings = ReadExecutableMappings(folder);
  if (!mappings.ok()) return false;
  for (const FileMapping& mapping : *mappings) {
    const auto path = OpenablePathOf(folder, mapping);
    if (!path.ok()) continue;
    Binary* binary = ReadBinary(*path);
    if (binary == nullptr || binary->variables.empty()) continue;
    const auto image = ElfImage::Open(*path);
    const std::optional<uint64_t> bias = image.ok() ? LoadBias(*image, mapping) : std::nullopt;
    if (!bias) continue;
    process->binary = binary;
    process->bias = *bias;
    return true;
  }
  return false;
}

ClassNames::Binary* ClassNames::ReadBinary(const std::string& path) {
  struct stat about;
  if (stat(path.c_str(), &about) != 0) return nullptr;
  const auto known = binaries_.find(FileIdentity::Of(about));
  if (known != binaries_.end()) return &known->second;
  const auto image = ElfImage::Open(path);
  if (!image.ok() && !absl::IsInvalidArgument(image.status())) return nullptr;
  Binary binary;
  const auto exported = image.ok() ? SymbolTable::Read(*image, SymbolTable::Kind::kDynamic) : image.status();
  const auto exception = exported.ok() ? exported->Find("rb_eException") : exported.status();
  if (exception.ok()) {
    binary.exception_address = exception->address;
    for (const ExportedClass& known_class : kExportedClasses) {
      const auto variable = exported->Find(known_class.variable);
      const auto super = exported->Find(known_class.super);
      if (!variable.ok() || !super.ok()) continue;
      binary.variables.push_back({std::string(known_class.name), variable->address, super->address});
    }
  }
  if (binaries_.size() >= kMaxBinaries) {
    processes_.clear();
    binaries_.clear();
  }
  return &(binaries_[image.ok() ? image->identity() : FileIdentity::Of(about)] = std::move(binary));
}

const ClassLayout* ClassNames::LayoutFor(const ProcessMemory& memory, const Process& process) const {
  Binary& binary = *process.binary;
  if (binary.layout) return &*binary.layout;
  if (binary.failed_calibrations >= kMaxFailedCalibrations) return nullptr;
  std::vector<ReferenceClass> references;
  for (const Variable& variable : binary.variables) {
    const auto klass = memory.ReadWord(variable.address + process.bias);
    const auto super = memory.ReadWord(variable.super_address + process.bias);
    if (klass && super && *klass != 0 && *super != 0)
      references.push_back({variable.class_name, *klass, *super});
  }
  binary.layout = ClassLayout::Calibrate(memory, references);
  if (!binary.layout) ++binary.failed_calibrations;
  return binary.layout ? &*binary.layout : nullptr;
}

}  // namespace haldane::agent
