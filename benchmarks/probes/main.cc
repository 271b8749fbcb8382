// bench-probes [--json FILE] [--markdown FILE]: what the agent's probes cost. As root,
// on a quiet machine. The JSON is written anew; of the Markdown, what is between the
// marks "probes".
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_format.h"
#include "benchmarks/probes/application.h"
#include "benchmarks/probes/gone.h"
#include "benchmarks/probes/hits.h"
#include "benchmarks/probes/polls.h"

namespace {

using haldane::benchmarks::Result;

// The first line of a command's output.
std::string FirstLine(const char* command) {
  FILE* output = popen(command, "r");
  char line[256] = "";
  if (output != nullptr && fgets(line, sizeof line, output) != nullptr) line[strcspn(line, "\n")] = '\0';
  if (output != nullptr) pclose(output);
  return line;
}

std::string Machine() {
  utsname kernel = {};
  uname(&kernel);
  return absl::StrFormat(
      "Linux %s, %u processors (%s); peer: %s", kernel.release, std::thread::hardware_concurrency(),
      FirstLine("sed -n 's/^model name[^:]*: //p' /proc/cpuinfo"), FirstLine("bpftrace --version"));
}

// The argument after `name`, or null.
const char* After(const char* name, int argc, char** argv) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (strcmp(argv[i], name) == 0) return argv[i + 1];
  }
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Result> results;
  haldane::benchmarks::MeasureUprobes(&results);
  haldane::benchmarks::MeasureSystemCalls(&results);
  haldane::benchmarks::MeasurePolls(&results);
  haldane::benchmarks::MeasureAttaching(&results);
  haldane::benchmarks::MeasureGone(&results);
  haldane::benchmarks::MeasureApplication(&results);
  const std::string machine = Machine();
  printf("%s\n%s", machine.c_str(), haldane::benchmarks::AsTable(results).c_str());
  if (const char* json = After("--json", argc, argv)) {
    if (!(std::ofstream(json) << haldane::benchmarks::AsJson(results) << std::flush)) {
      fprintf(stderr, "bench-probes: cannot write %s\n", json);
      return 2;
    }
  }
  if (const char* markdown = After("--markdown", argc, argv)) {
    const std::string text = machine + ".\n\n" + haldane::benchmarks::AsMarkdown(results);
    if (!haldane::benchmarks::PutBetweenMarks(markdown, text)) {
      fprintf(stderr, "bench-probes: %s has no marks \"probes\", or cannot be written\n", markdown);
      return 2;
    }
  }
  for (const Result& result : results) {
    if (!result.met()) return 1;
  }
  return 0;
}
