#pragma once

#include <optional>
#include <string>

#include "benchmarks/verdicts/runner.h"

namespace haldane::benchmarks {

// Finished cells in files, one each, so that an interrupted study need not
// begin again. A file is found by a hash of the cell's key and of the code that
// decides its result (the engine, the peers, the noise models); it holds the
// key as well, which must agree. A file that cannot be read, or was cut short,
// is as good as none.
class KeptCells {
 public:
  explicit KeptCells(std::string folder) : folder_(std::move(folder)) {}

  std::optional<CellTraces> Find(const std::string& key) const;
  // Failing to write is no error: the cell is then run again next time.
  void Keep(const std::string& key, const CellTraces& traces) const;

 private:
  std::string PathOf(const std::string& key) const;

  std::string folder_;
};

}  // namespace haldane::benchmarks
