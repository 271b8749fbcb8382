// bench-probes --json FILE: what the agent's probes cost. As root, on a quiet machine.
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <fstream>
#include <thread>

#include "benchmarks/probes/application.h"
#include "benchmarks/probes/hits.h"
#include "benchmarks/probes/polls.h"

int main(int argc, char** argv) {
  using haldane::benchmarks::Result;
  std::vector<Result> results;
  haldane::benchmarks::MeasureUprobes(&results);
  haldane::benchmarks::MeasureSystemCalls(&results);
  haldane::benchmarks::MeasurePolls(&results);
  haldane::benchmarks::MeasureAttaching(&results);
  haldane::benchmarks::MeasureApplication(&results);
  utsname kernel = {};
  uname(&kernel);
  printf("Linux %s, %u processors; peer: bpftrace as this machine has it\n%s", kernel.release,
         std::thread::hardware_concurrency(), haldane::benchmarks::AsTable(results).c_str());
  if (argc == 3 && strcmp(argv[1], "--json") == 0) {
    std::ofstream file(argv[2]);
    file << haldane::benchmarks::AsJson(results) << std::flush;
    if (!file) {
      fprintf(stderr, "bench-probes: cannot write %s\n", argv[2]);
      return 2;
    }
  }
  for (const Result& result : results) {
    if (!result.met()) return 1;
  }
  return 0;
}
