#include "agent/probe/probed_binary.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/kernel/libbpf_messages.h"
#include "base/status_macros.h"

namespace haldane::agent {
namespace {

constexpr pid_t kAnyProcess = -1;

absl::StatusOr<std::vector<Link>> PlaceTogether(const std::string& path, const ProgramPoints& program) {
  std::vector<unsigned long> offsets, semaphores;  // libbpf's own types
  for (const ProbePoint& point : program.points) {
    offsets.push_back(point.file_offset);
    semaphores.push_back(point.semaphore_offset);
  }
  LIBBPF_OPTS(bpf_uprobe_multi_opts, options, .offsets = offsets.data(), .ref_ctr_offsets = semaphores.data(),
              .cnt = offsets.size());
  LibbpfMessages messages;
  std::vector<Link> links;
  links.emplace_back(
      bpf_program__attach_uprobe_multi(program.together, kAnyProcess, path.c_str(), nullptr, &options));
  if (links.back() == nullptr)
    return messages.Error(errno, absl::StrCat("cannot attach by one link to ", path));
  return links;
}

absl::StatusOr<std::vector<Link>> PlaceOneByOne(const std::string& path, const ProgramPoints& program) {
  LibbpfMessages messages;
  std::vector<Link> links;
  for (const ProbePoint& point : program.points) {
    LIBBPF_OPTS(bpf_uprobe_opts, options, .ref_ctr_offset = point.semaphore_offset);
    links.emplace_back(bpf_program__attach_uprobe_opts(program.one_by_one, kAnyProcess, path.c_str(),
                                                       point.file_offset, &options));
    if (links.back() == nullptr) {
      return messages.Error(errno, absl::StrCat("cannot attach to ", path, " at offset ", point.file_offset));
    }
  }
  return links;
}

}  // namespace

ProbedBinary::ProbedBinary(UniqueFd file, uint64_t inode)
    : file_(std::move(file)), path_(absl::StrCat("/proc/self/fd/", file_.get())), inode_(inode) {}

absl::StatusOr<ProbedBinary> ProbedBinary::Open(const std::string& path) {
  UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status;
  if (!file.is_open() || fstat(file.get(), &status) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  }
  return ProbedBinary(std::move(file), status.st_ino);
}

absl::StatusOr<PlacedProbes> PlaceProbes(const std::string& path,
                                         const std::vector<ProgramPoints>& programs) {
  PlacedProbes placed;
  for (const ProgramPoints& program : programs) {
    for (const ProbePoint& point : program.points) {
      ASSIGN_OR_RETURN(MappedPage page, MappedPage::Map(path, point.file_offset));
      placed.Add(std::move(page));
    }
    absl::StatusOr<std::vector<Link>> links = PlaceTogether(path, program);
    if (!links.ok()) links = PlaceOneByOne(path, program);
    if (!links.ok()) return links.status();
    for (Link& link : *links) placed.Add(std::move(link));
  }
  return placed;
}

}  // namespace haldane::agent
