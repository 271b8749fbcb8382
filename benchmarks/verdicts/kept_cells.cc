#include "benchmarks/verdicts/kept_cells.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmarks/verdicts/code_hash.h"

namespace haldane::benchmarks {
namespace {

constexpr std::uint32_t kEnd = 0x454e4421;  // tells a whole file from one cut short
constexpr std::uint32_t kMost = 1u << 26;   // of anything counted in a file

template <typename T>
void Put(std::ofstream& file, const T& value) {
  file.write(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename T>
bool Get(std::ifstream& file, T& value) {
  return static_cast<bool>(file.read(reinterpret_cast<char*>(&value), sizeof value));
}

bool GetCount(std::ifstream& file, std::uint32_t& count) { return Get(file, count) && count <= kMost; }

bool GetTrace(std::ifstream& file, Trace& trace) {
  std::uint32_t peaks = 0;
  if (!Get(file, trace.stopped) || !Get(file, trace.proceeded) || !GetCount(file, peaks)) return false;
  trace.peaks.resize(peaks);
  const auto size = static_cast<std::streamsize>(peaks * sizeof(Trace::Peak));
  return static_cast<bool>(file.read(reinterpret_cast<char*>(trace.peaks.data()), size));
}

bool GetTraces(std::ifstream& file, CellTraces& traces) {
  std::uint32_t judges = 0;
  std::uint32_t runs = 0;
  std::uint32_t end = 0;
  if (!GetCount(file, judges) || !GetCount(file, runs)) return false;
  traces.assign(judges, std::vector<Trace>(runs));
  for (std::vector<Trace>& judge : traces) {
    for (Trace& trace : judge) {
      if (!GetTrace(file, trace)) return false;
    }
  }
  return Get(file, end) && end == kEnd;
}

std::uint64_t Fnv(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

std::string KeptCells::PathOf(const std::string& key) const {
  return absl::StrFormat("%s/%016x.cell", folder_, Fnv(absl::StrCat(key, kCodeHash)));
}

std::optional<CellTraces> KeptCells::Find(const std::string& key) const {
  if (folder_.empty()) return std::nullopt;
  std::ifstream file(PathOf(key), std::ios::binary);
  std::uint32_t length = 0;
  if (!file || !GetCount(file, length)) return std::nullopt;
  std::string held(length, '\0');
  CellTraces traces;
  if (!file.read(held.data(), length) || held != absl::StrCat(key, kCodeHash) || !GetTraces(file, traces)) {
    return std::nullopt;
  }
  return traces;
}

void KeptCells::Keep(const std::string& key, const CellTraces& traces) const {
  if (folder_.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  const std::string path = PathOf(key);
  const std::string held = absl::StrCat(key, kCodeHash);
  std::ofstream file(path + ".part", std::ios::binary);
  Put(file, static_cast<std::uint32_t>(held.size()));
  file.write(held.data(), static_cast<std::streamsize>(held.size()));
  Put(file, static_cast<std::uint32_t>(traces.size()));
  Put(file, static_cast<std::uint32_t>(traces.empty() ? 0 : traces.front().size()));
  for (const std::vector<Trace>& judge : traces) {
    for (const Trace& trace : judge) {
      Put(file, trace.stopped);
      Put(file, trace.proceeded);
      Put(file, static_cast<std::uint32_t>(trace.peaks.size()));
      file.write(reinterpret_cast<const char*>(trace.peaks.data()),
                 static_cast<std::streamsize>(trace.peaks.size() * sizeof(Trace::Peak)));
    }
  }
  Put(file, kEnd);
  file.close();
  if (file) std::filesystem::rename(path + ".part", path, error);
}

}  // namespace haldane::benchmarks
