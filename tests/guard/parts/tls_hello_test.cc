#include "guard/kernel/tls_hello.h"

#include <gtest/gtest.h>

#include <string>

namespace haldane::guard {
namespace {

std::string Sized(int bytes, const std::string& text) {
  std::string out;
  for (int i = bytes - 1; i >= 0; i--) out += static_cast<char>(text.size() >> (8 * i));
  return out + text;
}

std::string Extension(int type, const std::string& body) {
  return std::string{static_cast<char>(type >> 8), static_cast<char>(type)} + Sized(2, body);
}

std::string Hello(const std::string& extensions) {
  const std::string body = std::string("\3\3") + std::string(32, 'r') + Sized(1, "session") +
                           Sized(2, "ciphers!") + Sized(1, std::string(1, '\0')) + Sized(2, extensions);
  return std::string("\x16\3\1") + Sized(2, std::string(1, '\1') + Sized(3, body));
}

std::string Name(const std::string& name) {
  return Extension(0, Sized(2, std::string(1, '\0') + Sized(2, name)));
}

TEST(ParseTlsHello, FindsTheServerName) {
  const auto hello = ParseTlsHello(Hello(Extension(16, "alpn") + Name("GitHub.com")));
  ASSERT_TRUE(hello.has_value());
  EXPECT_EQ(hello->server_name, "github.com");
  EXPECT_FALSE(hello->encrypted_hello);
}

TEST(ParseTlsHello, SeesThatAnotherNameMayBeHidden) {
  EXPECT_TRUE(ParseTlsHello(Hello(Name("outer.test") + Extension(0xfe0d, "secret")))->encrypted_hello);
}

TEST(ParseTlsHello, SurvivesEveryCut) {
  const std::string whole = Hello(Name("github.com") + Extension(16, std::string(300, 'a')));
  for (size_t size = 0; size < whole.size(); size++) {
    const auto hello = ParseTlsHello(absl::string_view(whole).substr(0, size));
    if (hello.has_value() && !hello->server_name.empty()) {
      EXPECT_EQ(hello->server_name, "github.com");
    }
  }
  EXPECT_EQ(ParseTlsHello(absl::string_view(whole).substr(0, whole.size() - 200))->server_name, "github.com");
}

TEST(ParseTlsHello, IsNotFooledByOtherProtocols) {
  EXPECT_FALSE(ParseTlsHello("GET / HTTP/1.1\r\n\r\n").has_value());
  EXPECT_FALSE(ParseTlsHello(std::string("\x17\3\3\0\5\1\0\0\0\0", 10)).has_value());
  EXPECT_FALSE(ParseTlsHello("").has_value());
}

}  // namespace
}  // namespace haldane::guard
