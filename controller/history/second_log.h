#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "controller/history/totals_row.h"

namespace haldane::controller {

// What a set of processes did in one second.
struct LoggedSecond {
  int64_t second = 0;       // of a monotonic clock
  uint32_t youngest_s = 0;  // age of the youngest process that contributes; at most an hour, in steps of 15 s
  uint64_t process_ms = 0;  // time that the processes lived
  TotalsRow sums{};
};

// The latest ten minutes of one set of processes, second by second, in few
// bytes: a second that has ten different counts takes about fifteen. Seconds in
// which nothing was heard are not there.
class SecondLog {
 public:
  static constexpr int64_t kSeconds = 600;

  // REQUIRES: `second` is after the last one that was appended.
  void Append(const LoggedSecond& second);
  // Every second from `first` on, oldest first.
  void Visit(int64_t first, absl::FunctionRef<void(const LoggedSecond&)> visit) const;

  // Forgets what is older than ten minutes at `now`, some seconds late.
  void Forget(int64_t now);
  // Forgets the oldest third of a minute, unless it is the last as well.
  void ForgetOldest();

  bool empty() const { return blocks_.empty(); }
  // The last second; undefined when empty.
  int64_t last() const { return last_; }
  // Memory that it takes.
  size_t bytes() const;

 private:
  // Some seconds.
  struct Block {
    int64_t start;
    std::string records;
  };
  std::vector<Block> blocks_;
  int64_t last_ = 0;
};

}  // namespace haldane::controller
