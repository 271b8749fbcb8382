#include "agent/probe/raise_links.h"

#include <errno.h>

#include "absl/strings/str_cat.h"
#include "agent/kernel/libbpf_messages.h"
#include "bpf/abi/raise_cookie.h"
#include "bpf/haldane.skel.h"

namespace haldane::agent {
namespace {

constexpr pid_t kEveryProcess = -1;

haldane_raise_payload ToPayload(ProbePoint::Payload payload) {
  switch (payload) {
    case ProbePoint::Payload::kExceptionInRdx:
      return HALDANE_RAISE_OBJECT_IN_RDX;
    case ProbePoint::Payload::kExceptionInRdi:
      return HALDANE_RAISE_OBJECT_IN_RDI;
    case ProbePoint::Payload::kClassName:
      return HALDANE_RAISE_NAME_IN_REGISTER;
    case ProbePoint::Payload::kNone:
      break;
  }
  return HALDANE_RAISE_TOTAL_ONLY;
}

uint64_t ToCookie(const ProbePoint& point) {
  return haldane_raise_cookie(ToPayload(point.payload), point.name_register);
}

absl::Status CheckPoints(const std::string& path, const RaiseProbe& probe) {
  if (probe.points.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " has no probe point: ", probe.explanation));
  }
  for (const ProbePoint& point : probe.points) {
    if (point.payload == ProbePoint::Payload::kClassName && point.name_register >= HALDANE_PT_REGS_COUNT) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": register ", static_cast<int>(point.name_register), " does not exist"));
    }
  }
  return absl::OkStatus();
}

// A check that cannot be made is no failure: what it checks may well be right.
PlacedProbes AttachWitnesses(haldane_bpf* programs, const std::string& path, const RaiseProbe& probe) {
  PlacedProbes placed;
  if (probe.witnesses.empty()) return placed;
  LibbpfMessages messages;
  const std::vector<unsigned long> offsets(probe.witnesses.begin(), probe.witnesses.end());
  LIBBPF_OPTS(bpf_uprobe_multi_opts, options, .offsets = offsets.data(), .cnt = offsets.size());
  Link together(bpf_program__attach_uprobe_multi(programs->progs.witness_multi, kEveryProcess, path.c_str(),
                                                 nullptr, &options));
  if (together != nullptr) {
    placed.Add(std::move(together));
    return placed;
  }
  for (const uint64_t offset : probe.witnesses) {
    LIBBPF_OPTS(bpf_uprobe_opts, none);
    Link link(bpf_program__attach_uprobe_opts(programs->progs.witness_single, kEveryProcess, path.c_str(),
                                              offset, &none));
    if (link != nullptr) placed.Add(std::move(link));
  }
  return placed;
}

}  // namespace

absl::StatusOr<Link> AttachTogether(haldane_bpf* programs, const std::string& path, const RaiseProbe& probe) {
  std::vector<unsigned long> offsets, semaphores;  // libbpf's own types
  std::vector<__u64> cookies;
  for (const ProbePoint& point : probe.points) {
    offsets.push_back(point.file_offset);
    semaphores.push_back(point.semaphore_offset);
    cookies.push_back(ToCookie(point));
  }
  LIBBPF_OPTS(bpf_uprobe_multi_opts, options, .offsets = offsets.data(), .ref_ctr_offsets = semaphores.data(),
              .cookies = cookies.data(), .cnt = offsets.size());
  LibbpfMessages messages;
  Link link(bpf_program__attach_uprobe_multi(programs->progs.raise_multi, kEveryProcess, path.c_str(),
                                             nullptr, &options));
  if (link == nullptr) return messages.Error(errno, absl::StrCat("cannot attach by one link to ", path));
  return link;
}

absl::StatusOr<std::vector<Link>> AttachOneByOne(haldane_bpf* programs, const std::string& path,
                                                 const RaiseProbe& probe) {
  const bool has_cookie = bpf_program__autoload(programs->progs.raise_single);
  bpf_program* program = has_cookie ? programs->progs.raise_single : programs->progs.raise_total;
  LibbpfMessages messages;
  std::vector<Link> links;
  for (const ProbePoint& point : probe.points) {
    LIBBPF_OPTS(bpf_uprobe_opts, options, .ref_ctr_offset = point.semaphore_offset,
                .bpf_cookie = has_cookie ? ToCookie(point) : 0);
    Link link(
        bpf_program__attach_uprobe_opts(program, kEveryProcess, path.c_str(), point.file_offset, &options));
    if (link == nullptr) {
      return messages.Error(errno, absl::StrCat("cannot attach to ", path, " at offset ", point.file_offset));
    }
    links.push_back(std::move(link));
  }
  return links;
}

absl::StatusOr<RaiseAttachment> AttachRaisePoints(haldane_bpf* programs, const std::string& path,
                                                  const RaiseProbe& probe) {
  const absl::Status points = CheckPoints(path, probe);
  if (!points.ok()) return points;
  RaiseAttachment attachment;
  for (const ProbePoint& point : probe.points) {
    absl::StatusOr<MappedPage> page = MappedPage::Map(path, point.file_offset);
    if (!page.ok()) return page.status();
    attachment.raise.Add(*std::move(page));
  }
  absl::StatusOr<Link> link = AttachTogether(programs, path, probe);
  if (link.ok()) {
    attachment.raise.Add(*std::move(link));
    attachment.witnesses = AttachWitnesses(programs, path, probe);  // after what they watch
    return attachment;
  }
  absl::StatusOr<std::vector<Link>> links = AttachOneByOne(programs, path, probe);
  if (!links.ok()) {
    return absl::Status(links.status().code(),
                        absl::StrCat(links.status().message(), "\nbefore that: ", link.status().message()));
  }
  for (Link& one : *links) attachment.raise.Add(std::move(one));
  attachment.witnesses = AttachWitnesses(programs, path, probe);
  return attachment;
}

}  // namespace haldane::agent
