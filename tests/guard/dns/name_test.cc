#include "guard/dns/name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace haldane::guard {
namespace {

using testing::HasSubstr;

std::string Bytes(absl::string_view text) { return std::string(text); }

std::optional<std::string> Read(const std::string& message, size_t offset = 0) {
  return ReadName(message, &offset);
}

TEST(ReadNameTest, NormalisesCaseAndEscapesWhatIsNotPlain) {
  EXPECT_EQ(Read(Bytes({"\6GitHub\3COM\0", 12})), "github.com");
  EXPECT_EQ(Read(Bytes({"\0", 1})), ".");
  EXPECT_EQ(Read(Bytes({"\3a.b\2\\x\2 y\0", 11})), "a\\046b.\\092x.\\032y")
      << "a dot in a label is no separator";
  EXPECT_EQ(Read(Bytes({"\2\xc3\xbc\0", 4})), "\\195\\188");
}

// Behind twelve bytes of header, as in a message.
std::string Message(absl::string_view bytes) { return std::string(12, 'h') + Bytes(bytes); }

TEST(ReadNameTest, FollowsPointersBackwardsAndContinuesBehindTheFirst) {
  const std::string message = Message({"\3com\0\6github\xc0\14\1a\xc0\21", 18});
  size_t offset = 26;
  EXPECT_EQ(ReadName(message, &offset), "a.github.com");
  EXPECT_EQ(offset, 30u);
}

TEST(ReadNameTest, RefusesLoopsAndForwardPointers) {
  EXPECT_EQ(Read(Message({"\xc0\14", 2}), 12), std::nullopt) << "to itself";
  EXPECT_EQ(Read(Message({"\1a\xc0\14", 4}), 12), std::nullopt) << "to its own beginning";
  EXPECT_EQ(Read(Message({"\xc0\16\1a\0", 5}), 12), std::nullopt) << "forwards";
  EXPECT_EQ(Read(Message({"\1a\xc0\20\1b\xc0\14", 8}), 16), std::nullopt) << "each to the other";
}

TEST(ReadNameTest, RefusesPointersIntoTheHeader) {
  // The id is ours on the way to the upstream: such a name would be another there.
  std::string message = Message({"\1a\xc0\0", 4});
  message[0] = '\1';
  message[2] = '\0';
  EXPECT_EQ(Read(message, 12), std::nullopt);
  EXPECT_EQ(Read(Message({"\1a\xc0\13", 4}), 12), std::nullopt);
}

TEST(ReadNameTest, RefusesLabelsThatReachIntoTheNameThatPointsAtThem) {
  // Cut off behind its questions, an answer would lose a part of such a name.
  EXPECT_EQ(Read(Message({"\6ab\1x\xc0\14\0", 8}), 15), std::nullopt);
  EXPECT_EQ(Read(Message({"\1a\0\1x\xc0\14", 7}), 15), "x.a");
}

TEST(ReadNameTest, RefusesMoreThanSixteenPointers) {
  std::string message = Message({"\1a\0", 3});
  size_t last = 12;
  for (int i = 0; i < 17; ++i) {
    const size_t here = message.size();
    message += "\1b\xc0";
    message.push_back(static_cast<char>(last));
    last = here;
    EXPECT_EQ(Read(message, here).has_value(), i < 16) << i;
  }
}

TEST(ReadNameTest, RefusesWhatLeavesTheMessageOrIsTooLong) {
  EXPECT_EQ(Read(""), std::nullopt);
  EXPECT_EQ(Read(Bytes({"\5abc", 4})), std::nullopt);
  EXPECT_EQ(Read(Bytes({"\3abc", 4})), std::nullopt) << "no end";
  EXPECT_EQ(Read(Bytes({"\xc0", 1})), std::nullopt);
  EXPECT_EQ(Read("\x40" + std::string(64, 'a') + '\0'), std::nullopt) << "64 bytes in a label";
  const std::string label = "\x3f" + std::string(63, 'a');
  const std::string exact = label + label + label + "\x3d" + std::string(61, 'a') + '\0';
  ASSERT_EQ(exact.size(), 255u);
  EXPECT_TRUE(Read(exact).has_value());
  EXPECT_EQ(Read(label + label + label + "\x3e" + std::string(62, 'a') + '\0'), std::nullopt) << "256 bytes";
}

TEST(ReadNameTest, PlainNamesHaveNoPointers) {
  size_t offset = 3;
  EXPECT_EQ(ReadPlainName({"\1a\0\1b\0", 6}, &offset), "b");
  offset = 3;
  EXPECT_EQ(ReadPlainName({"\1a\0\1b\xc0\0", 7}, &offset), std::nullopt);
}

TEST(WireNameTest, IsTheInverseOfReadName) {
  for (const std::string& wire :
       {Bytes({"\6github\3com\0", 12}), Bytes({"\0", 1}), Bytes({"\4a.\\\x80\1-\0", 8})}) {
    const std::optional<std::string> text = Read(wire);
    ASSERT_TRUE(text.has_value());
    EXPECT_EQ(WireName(*text), wire) << *text;
  }
}

TEST(WireNameTest, RefusesWhatIsNotNormalised) {
  for (const absl::string_view text :
       {"", "A.b", "a..b", ".a", "a.", "a b", "\\097", "\\9", "\\999", "a\\"}) {
    EXPECT_EQ(WireName(text), std::nullopt) << text;
  }
}

TEST(ParseDomainTest, NormalisesWhatPeopleWrite) {
  EXPECT_EQ(*ParseDomain("GitHub.COM."), "github.com");
  EXPECT_EQ(*ParseDomain("_dmarc.example-1.org"), "_dmarc.example-1.org");
  EXPECT_EQ(*ParseDomain("."), ".");
  EXPECT_EQ(*ParseDomain("bücher.example"), "xn--bcher-kva.example");
  EXPECT_EQ(*ParseDomain("BÜCHER.example"), "xn--bcher-kva.example");
  EXPECT_EQ(*ParseDomain("xn--bcher-kva.example"), "xn--bcher-kva.example");
}

TEST(ParseDomainTest, SaysWhatIsWrongAndWhatToDo) {
  const auto wrong = [](absl::string_view text) { return std::string(ParseDomain(text).status().message()); };
  EXPECT_THAT(wrong(""), HasSubstr("is empty"));
  EXPECT_THAT(wrong("https://github.com"), HasSubstr("write the domain alone"));
  EXPECT_THAT(wrong("*.github.com"), HasSubstr("use suffix: or subdomains:"));
  EXPECT_THAT(wrong("github.com:443"), HasSubstr("a port goes under ports:"));
  EXPECT_THAT(wrong("a..b"), HasSubstr("empty label"));
  EXPECT_THAT(wrong(std::string(64, 'a') + ".com"), HasSubstr("more than 63"));
  EXPECT_THAT(wrong(std::string("a\0b", 3)), HasSubstr("zero byte"));
  EXPECT_THAT(wrong("\xff\xfe"), HasSubstr("xn--"));
  EXPECT_THAT(wrong(std::string(2000, 'a')), HasSubstr("longer than any domain"));
}

TEST(IsBelowTest, RespectsLabels) {
  EXPECT_TRUE(IsBelow("api.github.com", "github.com"));
  EXPECT_TRUE(IsBelow("github.com", "."));
  EXPECT_FALSE(IsBelow("github.com", "github.com"));
  EXPECT_FALSE(IsBelow("notgithub.com", "github.com"));
  EXPECT_FALSE(IsBelow("github.com.evil.test", "github.com"));
  EXPECT_FALSE(IsBelow("a\\046github.com", "github.com"));
  EXPECT_FALSE(IsBelow(".", "."));
  EXPECT_EQ(ParentOf("a.b.c"), "b.c");
  EXPECT_EQ(ParentOf("c"), ".");
  EXPECT_EQ(ParentOf("."), "");
}

}  // namespace
}  // namespace haldane::guard
