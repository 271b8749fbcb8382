#include "guard/kernel/tls_hello.h"

#include <cstdint>

#include "absl/strings/ascii.h"

namespace haldane::guard {
namespace {

constexpr size_t kRecordHeader = 5;
constexpr size_t kHandshakeHeader = 4;
constexpr uint16_t kServerNameExtension = 0;
constexpr uint16_t kEncryptedHelloExtension = 0xfe0d;
constexpr size_t kLongestName = 255;

// A cursor that stops at the end instead of passing it.
class HelloReader {
 public:
  explicit HelloReader(absl::string_view bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }
  size_t Number(size_t size) {
    const absl::string_view taken = Take(size);
    size_t number = 0;
    for (const char c : taken) number = number << 8 | static_cast<uint8_t>(c);
    return number;
  }
  absl::string_view Take(size_t size) {
    if (size > bytes_.size()) {
      ok_ = false;
      size = bytes_.size();
    }
    const absl::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

 private:
  absl::string_view bytes_;
  bool ok_ = true;
};

std::string ReadServerName(absl::string_view extension) {
  HelloReader reader(extension);
  reader.Number(2);  // length of the list
  while (reader.ok() && !reader.at_end()) {
    const size_t type = reader.Number(1);
    const absl::string_view name = reader.Take(reader.Number(2));
    if (reader.ok() && type == 0 && name.size() <= kLongestName) return absl::AsciiStrToLower(name);
  }
  return "";
}

}  // namespace

std::optional<TlsHello> ParseTlsHello(absl::string_view bytes) {
  if (bytes.size() < kRecordHeader + kHandshakeHeader || bytes[0] != 0x16 || bytes[1] != 3 || bytes[5] != 1) {
    return std::nullopt;
  }
  HelloReader reader(bytes.substr(kRecordHeader + kHandshakeHeader));
  reader.Take(2 + 32);            // version, random
  reader.Take(reader.Number(1));  // session
  reader.Take(reader.Number(2));  // cipher suites
  reader.Take(reader.Number(1));  // compression
  TlsHello hello;
  reader.Number(2);  // length of all extensions
  while (reader.ok() && !reader.at_end()) {
    const size_t type = reader.Number(2);
    const absl::string_view extension = reader.Take(reader.Number(2));
    if (type == kServerNameExtension && hello.server_name.empty())
      hello.server_name = ReadServerName(extension);
    if (type == kEncryptedHelloExtension) hello.encrypted_hello = true;
  }
  return hello;
}

}  // namespace haldane::guard
