#include "agent/probe/usage_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/ruby/memory_map.h"

namespace haldane::agent {

void UsageTable::AddBinary(const std::string& binary, const ProbedBinary* file) {
  if (binaries_.count(binary) > 0) return;
  const absl::StatusOr<ElfImage> image = ElfImage::Open(file->path());
  binaries_.emplace(binary, Binary{file, image.ok() ? FindGcCounter(*image) : image.status()});
}

void UsageTable::ForgetBinary(const std::string& binary) { binaries_.erase(binary); }

std::optional<std::string> UsageTable::WhyNoGc() const {
  for (const auto& [name, binary] : binaries_) {
    if (!binary.counter.ok()) return std::string(binary.counter.status().message());
  }
  return std::nullopt;
}

void UsageTable::Begin(uint32_t pid, uint64_t start_ns) {
  const auto [it, is_new] = processes_.try_emplace({pid, start_ns});
  const std::optional<ProcessStat> stat = is_new ? ReadProcessStat(pid) : std::nullopt;
  if (!stat) return;
  it->second.faults_before = stat->major_faults;
  it->second.cpu_us_before = stat->cpu_us;
  FindGcAddress(pid, &it->second);
  if (it->second.gc_address) it->second.gc_last = ReadGcCount(ProcessMemory(pid), *it->second.gc_address);
}

// A child that the kernel began to count has used nothing before, and has all at
// the same addresses as its parent.
UsageTable::Process& UsageTable::ProcessOf(const ProcessReading& reading) {
  const auto [it, is_new] = processes_.try_emplace({reading.pid, reading.start_ns});
  if (!is_new || reading.execs > 0) return it->second;
  const auto parent = processes_.find({reading.parent_pid, reading.parent_start_ns});
  if (parent == processes_.end()) return it->second;
  it->second.gc_address = parent->second.gc_address;
  return it->second;
}

void UsageTable::Refresh(absl::Duration now, uint64_t version, std::vector<ProcessReading>* readings) {
  int gc_reads = 0;
  for (ProcessReading& reading : *readings) {
    if (reading.version != version || reading.exited || ++gc_reads > kGcReads) continue;
    ReadGc(&reading, &ProcessOf(reading));
  }
  int looks = 0;
  for (size_t i = 0; i < readings->size() && looks < kLooks; ++i, ++next_) {
    if (next_ >= readings->size()) next_ = 0;
    ProcessReading& reading = (*readings)[next_];
    if (reading.exited) continue;
    Process& process = ProcessOf(reading);
    if (now - process.looked_at < kEvery) continue;
    ++looks;
    process.looked_at = now;
    if (!process.gc_address) FindGcAddress(reading.pid, &process);
    const bool collected = ReadGc(&reading, &process);
    if (Look(&reading) || collected) reading.version = version;
  }
}

void UsageTable::FindGcAddress(uint32_t pid, Process* process) const {
  const auto mappings = ReadExecutableMappings(absl::StrCat("/proc/", pid));
  if (!mappings.ok()) return;
  for (const FileMapping& mapping : *mappings) {
    for (const auto& [name, binary] : binaries_) {
      if (mapping.inode != binary.file->inode() || !binary.counter.ok()) continue;
      const absl::StatusOr<ElfImage> image = ElfImage::Open(binary.file->path());
      const std::optional<uint64_t> bias = image.ok() ? LoadBias(*image, mapping) : std::nullopt;
      if (!bias) continue;
      process->gc_address = LocateGcCount(ProcessMemory(pid), *binary.counter, *bias);
      if (process->gc_address) return;
    }
  }
}

bool UsageTable::ReadGc(ProcessReading* reading, Process* process) {
  if (process->gc_image != reading->execs) {
    // Another program, whose collections begin with zero, somewhere else.
    process->gc_image = reading->execs;
    process->gc_address.reset();
    process->gc_last = 0;
    FindGcAddress(reading->pid, process);
  }
  if (!process->gc_address) return false;
  const std::optional<uint64_t> count = ReadGcCount(ProcessMemory(reading->pid), *process->gc_address);
  if (!count) {
    process->gc_address.reset();
    return false;
  }
  const uint64_t last = process->gc_last.value_or(*count);
  process->gc_last = count;
  if (*count <= last) return false;
  reading->counts.gc_runs += *count - last;
  return true;
}

bool UsageTable::Look(ProcessReading* reading) {
  const std::optional<ProcessStat> stat = ReadProcessStat(reading->pid);
  if (!stat || stat->start_ns != reading->start_ns) return false;
  const SignalCounts before = reading->counts;
  Finish(stat->major_faults, stat->cpu_us, reading);
  const ProcessLevels levels{stat->rss_bytes, CountDescriptors(reading->pid).value_or(0), stat->threads};
  const bool changed = reading->levels != levels || before.cpu_us != reading->counts.cpu_us ||
                       before.major_faults != reading->counts.major_faults;
  reading->levels = levels;
  return changed;
}

void UsageTable::Finish(uint64_t major_faults, uint64_t cpu_us, ProcessReading* reading) {
  const Process& process = ProcessOf(*reading);
  const auto since = [](uint64_t now, uint64_t begin) { return now > begin ? now - begin : 0; };
  // What the kernel and /proc say differs a little; no total may fall.
  SignalCounts& counts = reading->counts;
  counts.major_faults = std::max(counts.major_faults, since(major_faults, process.faults_before));
  counts.cpu_us = std::max(counts.cpu_us, since(cpu_us, process.cpu_us_before));
}

}  // namespace haldane::agent
