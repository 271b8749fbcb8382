#include "guard/record/mask.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace haldane::guard {
namespace {

constexpr absl::string_view kMask = "***";
constexpr size_t kLongestWordOfName = 128;
constexpr size_t kShortestToken = 16;

bool IsSpace(char c) { return absl::ascii_isspace(c); }
bool IsQuote(char c) { return c == '"' || c == '\''; }
bool IsWordOfName(char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.'; }

// A name whose value is nobody's business.
bool IsSecretName(absl::string_view name) {
  if (name.size() > kLongestWordOfName) return false;
  std::string plain;
  for (const char c : name) {
    if (absl::ascii_isalnum(c)) plain.push_back(absl::ascii_tolower(c));
  }
  for (const absl::string_view harmless : {"file", "path", "dir", "url", "endpoint"}) {
    if (absl::EndsWith(plain, harmless)) return false;
  }
  for (const absl::string_view word :
       {"password",      "passwd",     "passphrase", "passcode",   "token",         "secret",    "apikey",
        "accesskey",     "privatekey", "authkey",    "signingkey", "encryptionkey", "masterkey", "credential",
        "authorization", "cookie",     "bearer",     "session",    "otp",           "pwd"}) {
    if (absl::StrContains(plain, word)) return plain != "pwd" && plain != "oldpwd";
  }
  return plain == "pass" || absl::EndsWith(plain, "pass") || plain == "auth" || plain == "pin";
}

// "Bearer" in "Authorization: Bearer ...".
bool IsScheme(absl::string_view word) {
  for (const absl::string_view scheme :
       {"bearer", "basic", "token", "digest", "negotiate", "apikey", "aws4-hmac-sha256"}) {
    if (absl::EqualsIgnoreCase(word, scheme)) return true;
  }
  return false;
}

// Prefixes of tokens that give themselves away.
bool IsToken(absl::string_view word) {
  if (word.size() < kShortestToken) return false;
  for (const absl::string_view prefix :
       {"ghp_",  "gho_",  "ghu_",  "ghs_",    "ghr_", "github_pat_", "glpat-", "xoxb-",    "xoxp-",
        "xoxa-", "xoxr-", "xoxs-", "xapp-",   "AKIA", "ASIA",        "sk-",    "sk_live_", "rk_live_",
        "eyJ",   "npm_",  "pypi-", "dop_v1_", "hvs.", "AIza",        "ya29."}) {
    if (absl::StartsWith(word, prefix)) return true;
  }
  return false;
}

// Walks over the text once; each step copies or masks some of it.
class Masker {
 public:
  explicit Masker(absl::string_view text) : text_(text) {}

  std::string Run() {
    while (at_ < text_.size()) {
      if (MaskUserInfo()) continue;
      if (IsWordOfName(text_[at_]) && (at_ == 0 || !IsWordOfName(text_[at_ - 1]))) {
        Name();
      } else {
        Copy(1);
      }
    }
    return std::move(out_);
  }

 private:
  void Copy(size_t count) {
    out_.append(text_.data() + at_, std::min(count, text_.size() - at_));
    at_ = std::min(at_ + count, text_.size());
  }
  void Mask(size_t end) {
    if (end <= at_) return;
    out_.append(kMask.data(), kMask.size());
    at_ = end;
  }
  size_t EndOfWord(size_t from) const {
    while (from < text_.size() && !IsSpace(text_[from])) ++from;
    return from;
  }
  size_t SkipSpaces(size_t from) const {
    while (from < text_.size() && IsSpace(text_[from])) ++from;
    return from;
  }

  // "://user:password@" -> "://***@".
  bool MaskUserInfo() {
    if (text_.substr(at_, 3) != "://") return false;
    size_t end = at_ + 3, last_at = 0;
    for (; end < text_.size() && !IsSpace(text_[end]) && !IsQuote(text_[end]); ++end) {
      const char c = text_[end];
      if (c == '/' || c == '?' || c == '#') break;
      if (c == '@') last_at = end;
    }
    Copy(3);
    if (last_at != 0) Mask(last_at);
    return true;
  }

  // A run of characters that can be a name: masks it, or the value behind it.
  void Name() {
    size_t end = at_;
    while (end < text_.size() && IsWordOfName(text_[end])) ++end;
    const absl::string_view name = text_.substr(at_, end - at_);
    if (IsToken(name)) return Mask(end);
    // -p of the mysql family takes its password in the same word.
    const bool starts_word = at_ == 0 || IsSpace(text_[at_ - 1]);
    if (absl::StartsWith(name, "mysql") || absl::StartsWith(name, "mariadb")) mysql_ = true;
    if (starts_word && mysql_ && name.size() > 2 && absl::StartsWith(name, "-p") && name[2] != '-') {
      Copy(2);
      return Mask(EndOfWord(at_));
    }
    if (starts_word && IsUserOption(name)) return UserOption(name);
    Copy(name.size());
    if (IsSecretName(name)) ValueOf(name, starts_word && name[0] == '-');
  }

  static bool IsUserOption(absl::string_view name) {
    return name == "--user" || name == "--proxy-user" || name == "-U" ||
           (absl::StartsWith(name, "-u") && !absl::StartsWith(name, "--"));
  }

  // curl -u user:password, --user=user:password, -uuser:password.
  void UserOption(absl::string_view name) {
    const bool glued = absl::StartsWith(name, "-u") && name.size() > 2;
    Copy(glued ? 2 : name.size());
    if (!glued) {
      const size_t value = at_ < text_.size() && text_[at_] == '=' ? at_ + 1 : SkipSpaces(at_);
      Copy(value - at_);
    }
    const size_t end = EndOfWord(at_);
    const size_t colon = text_.substr(0, end).find(':', at_);
    if (colon == absl::string_view::npos || text_.substr(colon, 3) == "://") return;
    Copy(colon + 1 - at_);
    Mask(end);
  }

  // What follows a secret's name: =value, : value, ": "value", or of an option
  // the next word.
  void ValueOf(absl::string_view name, bool option) {
    size_t next = at_;
    if (next < text_.size() && IsQuote(text_[next])) ++next;
    next = SkipSpaces(next);
    const bool assigned = next < text_.size() && (text_[next] == '=' || text_[next] == ':');
    if (assigned) {
      const bool header = text_[next] == ':';
      Copy(next + 1 - at_);
      Copy(SkipSpaces(at_) - at_ > 0 && header ? SkipSpaces(at_) - at_ : 0);
      return header ? HeaderValue() : Value();
    }
    if (!option || at_ >= text_.size() || !IsSpace(text_[at_])) return;
    Copy(SkipSpaces(at_) - at_);
    if (at_ < text_.size() && text_[at_] != '-') {
      const bool is_authorization = absl::StrContains(absl::AsciiStrToLower(name), "auth");
      is_authorization ? HeaderValue() : Value();
    }
  }

  // A quoted value ends at its quote, another where its word does, or at a
  // separator of query strings.
  void Value() {
    if (at_ >= text_.size()) return;
    if (IsQuote(text_[at_])) {
      const size_t close = text_.find(text_[at_], at_ + 1);
      Copy(1);
      return Mask(close == absl::string_view::npos ? text_.size() : close);
    }
    size_t end = at_;
    while (end < text_.size() && !IsSpace(text_[end]) && text_[end] != '&' && !IsQuote(text_[end])) ++end;
    Mask(end);
  }

  // The scheme stays; lists that go on behind a comma or semicolon are masked
  // to their end.
  void HeaderValue() {
    if (at_ < text_.size() && IsQuote(text_[at_])) return Value();
    size_t end = EndOfWord(at_);
    if (IsScheme(text_.substr(at_, end - at_)) && end < text_.size()) {
      Copy(SkipSpaces(end) - at_);
      end = EndOfWord(at_);
    }
    while (end > at_ && end < text_.size() && (text_[end - 1] == ',' || text_[end - 1] == ';')) {
      end = EndOfWord(SkipSpaces(end));
    }
    // A quote at the end belongs to the text around the header.
    if (end > at_ + 1 && IsQuote(text_[end - 1])) --end;
    Mask(end);
  }

  absl::string_view text_;
  size_t at_ = 0;
  bool mysql_ = false;
  std::string out_;
};

}  // namespace

std::string MaskSecrets(absl::string_view text) { return Masker(text).Run(); }

std::string CutText(absl::string_view text, size_t limit) {
  if (text.size() <= limit) return std::string(text);
  size_t cut = limit;
  // Not within a character: its later bytes begin with the bits 10.
  while (cut > 0 && limit - cut < 4 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  return std::string(text.substr(0, cut));
}

}  // namespace haldane::guard
