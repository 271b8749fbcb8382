#include "guard/dns/answer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "guard/dns/name.h"

namespace haldane::guard {
namespace {

constexpr uint16_t kInternet = 1;
constexpr uint16_t kIpv4Hint = 4, kIpv6Hint = 6;  // SvcParamKeys (RFC 9460)
constexpr size_t kMostShown = 32;

absl::Status BadData(const DnsRecord& record) {
  return absl::InvalidArgumentError(absl::StrCat(
      "malformed DNS message: data of a ", DnsTypeName(record.type), " record at byte ", record.data_offset));
}

// RFC 2181: a TTL with the highest bit set is zero.
uint32_t SaneTtl(uint32_t ttl) { return ttl > 0x7fffffffu ? 0 : ttl; }

// Bytes before the names, how many names, and bytes behind them.
struct NamesInData {
  size_t before;
  int names;
  size_t after;
};
NamesInData LayoutOf(uint16_t type) {
  switch (static_cast<DnsType>(type)) {
    case DnsType::kNs:
    case DnsType::kCname:
    case DnsType::kPtr:
    case DnsType::kDname:
      return {0, 1, 0};
    case DnsType::kMx:
      return {2, 1, 0};
    case DnsType::kSrv:
      return {6, 1, 0};
    case DnsType::kSoa:
      return {0, 2, 20};
    default:
      return {0, 0, 0};
  }
}

class AnswerReader {
 public:
  AnswerReader(absl::string_view wire, const DnsMessage& message) : wire_(wire), message_(message) {}

  absl::StatusOr<AnswerFacts> Read() {
    for (const DnsRecord& record : message_.records) {
      if (!HasSoundNames(record)) return BadData(record);
    }
    for (const DnsRecord& record : message_.records) {
      if (record.section == DnsRecord::Section::kAnswer) RETURN_IF_ERROR(ReadAnswerRecord(record));
    }
    for (const DnsRecord& record : message_.records) {
      if (record.section == DnsRecord::Section::kAdditional && seen_.contains(record.owner))
        AddAddress(record);
    }
    return std::move(facts_);
  }

 private:
  // Where data holds names, they and the length of the data must agree: readers
  // exist that go by either.
  bool HasSoundNames(const DnsRecord& record) const {
    const NamesInData layout = LayoutOf(record.type);
    if (layout.names == 0) return true;
    const size_t end = record.data_offset + record.data_size;
    size_t offset = record.data_offset + layout.before;
    for (int i = 0; i < layout.names; ++i) {
      if (offset >= end || !ReadName(wire_.substr(0, end), &offset).has_value()) return false;
    }
    return offset + layout.after == end;
  }

  absl::Status ReadAnswerRecord(const DnsRecord& record) {
    if (record.klass != kInternet) return absl::OkStatus();
    AddLink(record.owner);
    switch (static_cast<DnsType>(record.type)) {
      case DnsType::kCname:
      case DnsType::kDname:
        return ReadAlias(record);
      case DnsType::kSvcb:
      case DnsType::kHttps:
        return ReadService(record);
      case DnsType::kA:
      case DnsType::kAaaa:
        Show(AddAddress(record));
        return absl::OkStatus();
      default:
        Show(absl::StrCat(DnsTypeName(record.type), " ", record.data_size, " bytes"));
        return absl::OkStatus();
    }
  }

  absl::Status ReadAlias(const DnsRecord& record) {
    size_t offset = record.data_offset;
    const std::optional<std::string> target = ReadName(wire_, &offset);
    if (!target.has_value()) return BadData(record);
    Show(absl::StrCat(DnsTypeName(record.type), " ", *target));
    AddLink(*target);
    return absl::OkStatus();
  }

  // Priority, target, then parameters in the order of their keys.
  absl::Status ReadService(const DnsRecord& record) {
    const size_t end = record.data_offset + record.data_size;
    size_t offset = record.data_offset + 2;
    if (offset > end) return BadData(record);
    const std::optional<std::string> target = ReadPlainName(wire_.substr(0, end), &offset);
    if (!target.has_value()) return BadData(record);
    Show(absl::StrCat(DnsTypeName(record.type), " ", *target));
    if (*target != ".") AddLink(*target);
    int last_key = -1;
    while (offset < end) {
      if (offset + 4 > end) return BadData(record);
      const int key = ReadU16(wire_, offset);
      const size_t size = ReadU16(wire_, offset + 2);
      offset += 4;
      if (key <= last_key || offset + size > end) return BadData(record);
      last_key = key;
      const size_t step = key == kIpv4Hint ? 4 : key == kIpv6Hint ? 16 : 0;
      if (step != 0 && (size == 0 || size % step != 0)) return BadData(record);
      for (size_t at = 0; step != 0 && at < size; at += step) Show(Add(offset + at, step, record.ttl));
      offset += size;
    }
    return absl::OkStatus();
  }

  // The address as text; empty for records of other types.
  std::string AddAddress(const DnsRecord& record) {
    const bool is_address = record.type == static_cast<uint16_t>(DnsType::kA) ||
                            record.type == static_cast<uint16_t>(DnsType::kAaaa);
    if (!is_address || record.klass != kInternet) return "";
    return Add(record.data_offset, record.data_size, record.ttl);
  }

  std::string Add(size_t offset, size_t size, uint32_t ttl) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(wire_.data() + offset);
    const IpAddress address = size == 4 ? IpAddress::V4(bytes) : IpAddress::V6(bytes);
    facts_.addresses.push_back({address, SaneTtl(ttl)});
    return address.ToString();
  }

  void AddLink(const std::string& name) {
    if (seen_.insert(name).second) facts_.links.push_back(name);
  }

  void Show(std::string text) {
    if (facts_.shown.size() < kMostShown) facts_.shown.push_back(std::move(text));
  }

  absl::string_view wire_;
  const DnsMessage& message_;
  AnswerFacts facts_;
  absl::flat_hash_set<std::string> seen_;
};

}  // namespace

absl::StatusOr<AnswerFacts> ReadAnswer(absl::string_view wire, const DnsMessage& message) {
  return AnswerReader(wire, message).Read();
}

}  // namespace haldane::guard
