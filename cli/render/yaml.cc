#include "cli/render/yaml.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace haldane::cli {
namespace {

// Reads JSON from its front and writes the same as YAML. JSON's scalars are
// YAML's too, quoted strings included.
class Layout {
 public:
  explicit Layout(absl::string_view json) : rest_(json) {}

  std::string Document() {
    Value(0, "");
    return std::move(out_);
  }

 private:
  absl::string_view Peek() {
    rest_ = absl::StripLeadingAsciiWhitespace(rest_);
    return rest_.substr(0, 1);
  }
  bool Take(absl::string_view what) {
    Peek();
    return absl::ConsumePrefix(&rest_, what);
  }

  absl::string_view Scalar() {
    size_t end = 0;
    if (Peek() == "\"") {
      for (end = 1; end < rest_.size() && rest_[end] != '"'; ++end) end += rest_[end] == '\\';
      ++end;
    } else {
      end = rest_.find_first_of(",]} \t\r\n");
    }
    end = std::min(end, rest_.size());
    const absl::string_view scalar = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return scalar;
  }

  // A key without its quotes, where it needs none.
  static absl::string_view Key(absl::string_view quoted) {
    const absl::string_view word = quoted.substr(1, quoted.size() - 2);
    // YAML 1.1 takes these for something else.
    static const auto& taken =
        *new std::set<std::string>{"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
    const bool plain =
        !word.empty() && absl::ascii_isalpha(word[0]) &&
        std::all_of(word.begin(), word.end(), [](char c) { return absl::ascii_isalnum(c) || c == '_'; }) &&
        taken.count(absl::AsciiStrToLower(word)) == 0;
    return plain ? word : quoted;
  }

  // A value after `lead`, which is " " after a key; empty at the front of a line.
  void Value(int indent, absl::string_view lead) {
    if (Take("{")) {
      if (Take("}")) return Line(lead, "{}");
      if (!lead.empty()) out_ += '\n';
      bool first = lead.empty();
      do {
        if (!std::exchange(first, false)) out_.append(static_cast<size_t>(indent), ' ');
        Peek();
        absl::StrAppend(&out_, Key(Scalar()), ":");
        Take(":");
        Value(indent + 2, " ");
      } while (Take(","));
      Take("}");
    } else if (Take("[")) {
      if (Take("]")) return Line(lead, "[]");
      if (!lead.empty()) out_ += '\n';
      bool first = lead.empty();
      do {
        if (!std::exchange(first, false)) out_.append(static_cast<size_t>(indent), ' ');
        out_ += "- ";
        Value(indent + 2, "");
      } while (Take(","));
      Take("]");
    } else {
      Peek();
      Line(lead, Scalar());
    }
  }

  void Line(absl::string_view lead, absl::string_view text) { absl::StrAppend(&out_, lead, text, "\n"); }

  absl::string_view rest_;
  std::string out_;
};

}  // namespace

std::string YamlOf(absl::string_view json) { return Layout(json).Document(); }

}  // namespace haldane::cli
