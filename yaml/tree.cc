#include "yaml/tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "base/utf8.h"

namespace haldane::yaml {
namespace {

constexpr size_t kMaxDepth = 16;

// Leaves yaml-cpp's parser, which knows no other way; never leaves this file.
struct TreeProblem {
  int line;
  std::string what;
};

int LineOf(const YAML::Mark& mark) { return mark.is_null() ? 1 : mark.line + 1; }

// Builds the tree from the parser's events and stops it at the first bound.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const Limits& limits) : limits_(limits) {}

  Node Take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(mark, anchor, "", {.kind = Node::Kind::kNull});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw TreeProblem{LineOf(mark), "aliases (*name) are not supported; write the value out"};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Add(mark, anchor, tag, {.kind = Node::Kind::kScalar, .text = value, .quoted = tag == "!"});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, anchor, tag, Node::Kind::kSequence);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, anchor, tag, Node::Kind::kMap);
  }
  void OnMapEnd() override { Close(); }

 private:
  // A map or sequence whose end has not been seen.
  struct Frame {
    Node node;
    bool has_key = false;  // of a map: `key` awaits its value
    std::string key;
    int key_line = 1;
  };

  void Check(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag) {
    if (anchor != 0) {
      throw TreeProblem{LineOf(mark),
                        "anchors (&name) are not supported; write the value out where it is used"};
    }
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw TreeProblem{LineOf(mark), "tags (!name) are not supported; remove it"};
    }
    if (++nodes_ > limits_.values) {
      throw TreeProblem{LineOf(mark), absl::StrCat("more than ", limits_.values, " values; no ",
                                                   limits_.document, " needs so many")};
    }
  }

  void Open(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag, Node::Kind kind) {
    Check(mark, anchor, tag);
    if (frames_.size() == kMaxDepth) {
      throw TreeProblem{LineOf(mark), absl::StrCat("nested more than ", kMaxDepth, " deep; no ",
                                                   limits_.document, " needs that")};
    }
    RefuseAsKey(mark);
    frames_.push_back({.node = {.kind = kind, .line = LineOf(mark)}});
  }

  void Close() {
    Node node = std::move(frames_.back().node);
    frames_.pop_back();
    Place(std::move(node));
  }

  void Add(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag, Node node) {
    Check(mark, anchor, tag);
    node.line = LineOf(mark);
    if (!frames_.empty() && frames_.back().node.kind == Node::Kind::kMap && !frames_.back().has_key) {
      if (node.kind == Node::Kind::kNull) RefuseAsKey(mark);
      frames_.back().has_key = true;
      frames_.back().key = std::move(node.text);
      frames_.back().key_line = node.line;
      return;
    }
    Place(std::move(node));
  }

  void RefuseAsKey(const YAML::Mark& mark) {
    if (!frames_.empty() && frames_.back().node.kind == Node::Kind::kMap && !frames_.back().has_key) {
      throw TreeProblem{LineOf(mark), "a key must be a word; check the punctuation of this line"};
    }
  }

  void Place(Node node) {
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.kind == Node::Kind::kSequence) {
      frame.node.items.push_back(std::move(node));
      return;
    }
    // The parser reports a missing value where the next key begins.
    if (node.kind == Node::Kind::kNull) node.line = frame.key_line;
    frame.node.entries.push_back({std::move(frame.key), frame.key_line, std::move(node)});
    frame.has_key = false;
  }

  const Limits& limits_;
  std::vector<Frame> frames_;
  Node root_;
  int nodes_ = 0;
};

absl::Status ProblemAt(absl::string_view file_name, int line, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(file_name, ":", line, ": ", what));
}

// yaml-cpp takes some control characters for the end of the file.
absl::Status CheckIsText(absl::string_view text, absl::string_view file_name, const Limits& limits) {
  if (text.size() > limits.bytes) {
    return ProblemAt(file_name, 1,
                     absl::StrCat("is longer than ", limits.bytes, " bytes; is this the right file?"));
  }
  int line = 1;
  while (!text.empty()) {
    const char c = text[0];
    const size_t length = Utf8Length(text);
    if (length == 0 || (absl::ascii_iscntrl(c) && c != '\n' && c != '\r' && c != '\t')) {
      return ProblemAt(
          file_name, line,
          absl::StrFormat("byte 0x%02X is not text; save the file as UTF-8 without control characters",
                          static_cast<unsigned char>(c)));
    }
    if (c == '\n') ++line;
    text.remove_prefix(length);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Node> ReadTree(absl::string_view text, absl::string_view file_name, const Limits& limits) {
  RETURN_IF_ERROR(CheckIsText(text, file_name, limits));
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    TreeBuilder builder(limits);
    if (!parser.HandleNextDocument(builder)) return Node();
    TreeBuilder rest(limits);
    if (parser.HandleNextDocument(rest)) {
      return ProblemAt(file_name, rest.Take().line,
                       absl::StrCat("a second document begins; keep one ", limits.document, " per file"));
    }
    return builder.Take();
  } catch (const TreeProblem& problem) {
    return ProblemAt(file_name, problem.line, problem.what);
  } catch (const YAML::Exception& error) {
    return ProblemAt(file_name, LineOf(error.mark), absl::StrCat("not YAML: ", error.msg));
  }
}

}  // namespace haldane::yaml
