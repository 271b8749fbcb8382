#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "guard/address/ip.h"
#include "guard/dns/message.h"

namespace haldane::guard {

// Builds DNS messages for tests, right ones and wrong ones. Names keep their
// case; no compression unless a test puts a pointer into raw data.
class DnsBuilder {
 public:
  explicit DnsBuilder(uint16_t id = 0x1234, uint16_t flags = 0x0100) {
    AppendU16(id, &wire_);
    AppendU16(flags, &wire_);
    wire_.append(8, '\0');
  }

  static std::string Name(absl::string_view text) {
    std::string wire;
    for (const absl::string_view label : absl::StrSplit(text, '.', absl::SkipEmpty())) {
      wire.push_back(static_cast<char>(label.size()));
      wire.append(label.data(), label.size());
    }
    wire.push_back('\0');
    return wire;
  }

  DnsBuilder& Question(absl::string_view name, DnsType type) {
    wire_ += Name(name);
    AppendU16(static_cast<uint16_t>(type), &wire_);
    AppendU16(1, &wire_);
    return Count(4);
  }
  DnsBuilder& Record(absl::string_view owner, DnsType type, absl::string_view data, uint32_t ttl = 60,
                     int section = 6, uint16_t klass = 1) {
    wire_ += Name(owner);
    AppendU16(static_cast<uint16_t>(type), &wire_);
    AppendU16(klass, &wire_);
    AppendU32(ttl, &wire_);
    AppendU16(static_cast<uint16_t>(data.size()), &wire_);
    wire_.append(data.data(), data.size());
    return Count(section);
  }
  DnsBuilder& Address(absl::string_view owner, absl::string_view address, uint32_t ttl = 60,
                      int section = 6) {
    const IpAddress ip = *IpAddress::Parse(address);
    const auto* bytes = reinterpret_cast<const char*>(ip.bytes.data());
    return ip.is_v4() ? Record(owner, DnsType::kA, {bytes + 12, 4}, ttl, section)
                      : Record(owner, DnsType::kAaaa, {bytes, 16}, ttl, section);
  }
  DnsBuilder& Cname(absl::string_view owner, absl::string_view target) {
    return Record(owner, DnsType::kCname, Name(target));
  }
  DnsBuilder& Opt(uint16_t udp_size, uint32_t ttl = 0, absl::string_view options = "") {
    return Record("", DnsType::kOpt, options, ttl, 10, udp_size);
  }
  DnsBuilder& Raw(absl::string_view bytes) {
    wire_.append(bytes.data(), bytes.size());
    return *this;
  }
  // Adds one to the count at that offset of the header: 4 questions, 6 answers,
  // 8 authorities, 10 additionals.
  DnsBuilder& Count(int offset) {
    const uint16_t count = static_cast<uint16_t>(ReadU16(wire_, static_cast<size_t>(offset)) + 1);
    wire_[static_cast<size_t>(offset)] = static_cast<char>(count >> 8);
    wire_[static_cast<size_t>(offset) + 1] = static_cast<char>(count & 0xff);
    return *this;
  }

  std::string wire() const { return wire_; }

 private:
  std::string wire_;
};

// A query of one question.
inline std::string QueryFor(absl::string_view name, DnsType type = DnsType::kA, uint16_t id = 0x1234) {
  return DnsBuilder(id).Question(name, type).wire();
}

// The same message with another id and with the mark of an answer.
inline constexpr uint16_t kAnswerFlags = 0x8180;

}  // namespace haldane::guard
