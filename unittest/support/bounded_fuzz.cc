// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The short half of a fuzz target: a main() that calls it without libFuzzer, so that each build of the suite can. Each
// file of the corpus as it is, then inputs that are made of them by a few random changes: the same for a seed, on every
// machine. The long half is the same target with libFuzzer's main(): `bazel build --config=fuzz`.
//
//   NAME_test CORPUS_FILE...
//
// What it finds ends the process; the input that did it is then named on the standard error by seed and number.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "host/splitmix.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t nr_bytes);
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace {

constexpr uint64_t kSeed = 2018;
constexpr uint32_t kRounds = 5000;
constexpr uint32_t kChangesMax = 6;

volatile uint32_t running;  // the number of the input; behind the corpus' files come the made ones

void say_which() { std::fprintf(stderr, "fuzz: seed %llu, input %u\n", (unsigned long long)kSeed, running); }

void on_signal(int number) {
  say_which();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

using Random = memmap::host::Splitmix;

uint32_t below(Random& random, size_t n) { return n == 0 ? 0 : random.below(uint32_t(n)); }

std::string a_part(const std::string& text, Random& random) {
  const size_t from = below(random, text.size() + 1);
  return text.substr(from, below(random, 80));
}

std::string a_line(const std::string& text, Random& random) {
  const size_t at = below(random, text.size() + 1);
  const size_t from = text.rfind('\n', at) == text.npos ? 0 : text.rfind('\n', at);
  return text.substr(from, text.find('\n', at) - from);
}

// One small change: bytes changed, lost, repeated, taken from another input, a digit driven to an end.
void change(std::string& text, const std::string& other, Random& random) {
  const size_t at = below(random, text.size() + 1);
  switch (random.below(7)) {
    case 0:
      if (at < text.size()) text[at] = char(random.below(256));
      break;
    case 1:
      text.erase(at, 1 + random.below(40));
      break;
    case 2:
      text.insert(at, a_part(text, random));
      break;
    case 3:
      text.insert(at, a_part(other, random));
      break;
    case 4:
      text.insert(text.find('\n', at) == text.npos ? text.size() : text.find('\n', at), a_line(other, random));
      break;
    case 5: {
      const size_t digit = text.find_first_of("0123456789abcdef", at);
      if (digit != text.npos) text[digit] = "0f178"[random.below(5)];
      break;
    }
    default: {
      const size_t digit = text.find_first_of("0123456789abcdef", at);
      const size_t end = digit == text.npos ? digit : text.find_first_not_of("0123456789abcdef", digit);
      if (digit != text.npos) text.replace(digit, std::min(end, text.size()) - digit, 16, "0f"[random.below(2)]);
    }
  }
}

void run(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  running = running + 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(say_which);
  for (const int number : {SIGABRT, SIGSEGV, SIGFPE}) std::signal(number, on_signal);
  std::vector<std::string> corpus;
  for (int n = 1; n < argc; ++n) {
    std::ifstream file(argv[n]);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) {
      std::fprintf(stderr, "%s: cannot be read, expected a file of the corpus\n", argv[n]);
      return 2;
    }
    corpus.push_back(text.str());
  }
  if (corpus.empty()) return 2;
  for (const std::string& text : corpus) run(text);
  Random random(kSeed);
  for (uint32_t round = 0; round < kRounds; ++round) {
    std::string text = corpus[below(random, corpus.size())];
    const std::string& other = corpus[below(random, corpus.size())];
    for (uint32_t n = 1 + random.below(kChangesMax); n > 0; --n) change(text, other, random);
    run(text);
  }
  std::printf("%u inputs\n", running);
  return 0;
}
