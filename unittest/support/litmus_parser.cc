// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <algorithm>
#include <cctype>
#include <map>

#include "support/litmus.h"

namespace memmap::explore {

namespace {

struct Token {
  std::string text;
  size_t line;
};

struct Wrong {
  std::string what;
};

class Parser {
 public:
  Parser(std::string_view text, Litmus& litmus) : litmus_(litmus) { read(text); }

  void parse() {
    need("C");
    litmus_.name = word("a name");
    while (skip("-")) litmus_.name += "-" + word("the rest of the name");
    parse_initial();
    while (peek() == "P" + std::to_string(litmus_.threads.size())) parse_thread();
    if (litmus_.threads.size() < 2) fail("a second thread");
    need("exists");
    litmus_.exists = parse_any();
    if (at_ != tokens_.size()) fail("the end");
    if (litmus_.result.empty()) throw Wrong{"1: found no verdict, expected a line 'Result: Never'"};
  }

 private:
  using Any = std::vector<std::vector<LitmusTerm>>;

  [[noreturn]] void fail(const std::string& expected) const {
    const bool end = at_ >= tokens_.size();
    throw Wrong{std::to_string(end ? last_line_ : tokens_[at_].line) + ": found " +
                (end ? std::string("the end") : "'" + tokens_[at_].text + "'") + ", expected " + expected};
  }

  // Splits into words, numbers and single marks; keeps the labels of lines, and the verdict in the comments.
  void read(std::string_view text) {
    size_t line = 1;
    for (size_t at = 0; at < text.size();) {
      const char c = text[at];
      if (text.substr(at, 2) == "(*") {
        const size_t end = std::min(text.find("*)", at), text.size() - 2);
        read_verdict(text.substr(at, end - at));
        line += size_t(std::count(text.begin() + long(at), text.begin() + long(end), '\n'));
        at = end + 2;
      } else if (text.substr(at, 2) == "//") {
        const size_t end = std::min(text.find('\n', at), text.size());
        labels_[line] = label_in(text.substr(at + 2, end - at - 2));
        at = end;
      } else if (std::isalnum(c) || c == '_') {
        size_t end = at;
        while (end < text.size() && (std::isalnum(text[end]) || text[end] == '_')) ++end;
        tokens_.push_back({std::string(text.substr(at, end - at)), line});
        at = end;
      } else if (const std::string_view two = text.substr(at, 2); two == "/\\" || two == "\\/") {
        tokens_.push_back({std::string(two), line});
        at += 2;
      } else {
        if (!std::isspace(c)) tokens_.push_back({std::string(1, c), line});
        line += c == '\n';
        ++at;
      }
    }
    last_line_ = line;
  }

  void read_verdict(std::string_view comment) {
    const auto line_of = [&](std::string_view key) -> std::string {
      const size_t at = comment.find(key);
      if (at == std::string_view::npos) return {};
      const std::string_view rest = comment.substr(at + key.size());
      return std::string(rest.substr(0, rest.find('\n')));
    };
    if (comment.find(" * Result: ") == std::string_view::npos) return;
    litmus_.result = line_of(" * Result: ");
    litmus_.needs = line_of(" * Needs: ");
    litmus_.on_x86 = line_of(" * On x86: ");
  }

  // "R1", or "F1/C1", at the beginning of a comment.
  static std::string label_in(std::string_view comment) {
    while (comment.starts_with(' ')) comment.remove_prefix(1);
    const std::string_view label = comment.substr(0, comment.find_first_of(": "));
    const bool is_label = label.size() >= 2 && std::isupper(label[0]) && std::isdigit(label[1]);
    return is_label ? std::string(label) : std::string();
  }

  const std::string& peek() const {
    static const std::string none;
    return at_ < tokens_.size() ? tokens_[at_].text : none;
  }
  void need(const std::string& text) {
    if (peek() != text) fail("'" + text + "'");
    ++at_;
  }
  bool skip(const std::string& text) {
    if (peek() != text) return false;
    ++at_;
    return true;
  }
  std::string word(const std::string& expected) {
    if (peek().empty() || !(std::isalpha(peek()[0]) || peek()[0] == '_')) fail(expected);
    return tokens_[at_++].text;
  }
  uint64_t number() {
    if (peek().empty() || !std::isdigit(peek()[0])) fail("a number");
    return std::stoull(tokens_[at_++].text);
  }

  uint32_t place(std::vector<std::string>& names, const std::string& name) const {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return uint32_t(found - names.begin());
    if (names.size() == kLitmusPlacesMax) fail("at most 8 of these");
    names.push_back(name);
    return uint32_t(names.size()) - 1;
  }
  uint32_t location() {
    const uint32_t index = place(litmus_.locations, word("a location"));
    litmus_.initial.resize(litmus_.locations.size());
    return index;
  }
  uint32_t parameter() {
    if (std::find(parameters_.begin(), parameters_.end(), peek()) == parameters_.end())
      fail("a parameter of this thread");
    return location();
  }

  void parse_initial() {
    for (need("{"); !skip("}"); need(";")) {
      const uint32_t index = location();
      need("=");
      litmus_.initial[index] = number();
    }
  }

  void parse_thread() {
    parameters_.clear();
    ++at_;
    for (need("("); !skip(")"); skip(",")) {
      word("a type");
      need("*");
      parameters_.push_back(word("a parameter"));
    }
    if (litmus_.threads.size() == kLitmusPlacesMax) fail("at most 8 threads");
    litmus_.threads.emplace_back();
    litmus_.registers.emplace_back();
    for (need("{"); !skip("}");) parse_access();
  }

  void parse_access() {
    LitmusAccess access{};
    access.label = labels_[tokens_[at_].line];
    if (skip("int")) {
      access.found = place(litmus_.registers.back(), word("a register"));
      need("=");
    }
    const std::string call = word("an atomic call");
    static const std::map<std::string, LitmusAccess::Kind> kinds = {
        {"atomic_load_explicit", LitmusAccess::kLoad},
        {"atomic_store_explicit", LitmusAccess::kStore},
        {"atomic_fetch_add_explicit", LitmusAccess::kAdd},
        {"atomic_fetch_sub_explicit", LitmusAccess::kSub},
        {"atomic_fetch_or_explicit", LitmusAccess::kOr},
        {"atomic_fetch_and_explicit", LitmusAccess::kAnd},
        {"atomic_compare_exchange_strong_explicit", LitmusAccess::kCompareExchange},
    };
    const auto kind = kinds.find(call);
    if (kind == kinds.end()) --at_, fail("one of the calls that litmus.h names");
    access.kind = kind->second;
    need("(");
    access.location = parameter();
    if (access.kind == LitmusAccess::kCompareExchange) {
      need(",");
      access.expected = litmus_.initial[parameter()];
    }
    if (access.kind != LitmusAccess::kLoad) need(","), access.operand = number();
    need(",");
    access.strength = order();
    if (access.kind == LitmusAccess::kCompareExchange) need(","), need("memory_order_relaxed");
    need(")");
    need(";");
    litmus_.threads.back().push_back(access);
  }

  Strength order() {
    static const std::map<std::string, Strength> orders = {
        {"memory_order_relaxed", kRelaxed}, {"memory_order_acquire", kAcquire}, {"memory_order_release", kRelease},
        {"memory_order_acq_rel", kAcqRel},  {"memory_order_seq_cst", kSeqCst},
    };
    const auto found = orders.find(word("a memory order"));
    if (found == orders.end()) --at_, fail("a memory order");
    return found->second;
  }

  Any parse_any() {
    Any any = parse_all();
    while (skip("\\/"))
      for (auto& all : parse_all()) any.push_back(all);
    return any;
  }

  Any parse_all() {
    Any any = parse_term();
    while (skip("/\\")) {
      Any both;
      for (const auto& right : parse_term())
        for (auto left : any) {
          left.insert(left.end(), right.begin(), right.end());
          both.push_back(left);
        }
      any = both;
    }
    return any;
  }

  Any parse_term() {
    if (skip("(")) {
      const Any inner = parse_any();
      need(")");
      return inner;
    }
    LitmusTerm term{};
    const std::vector<std::string>* names = &litmus_.locations;
    if (!peek().empty() && std::isdigit(peek()[0])) {
      term.thread = uint32_t(number());
      if (*term.thread >= litmus_.threads.size()) --at_, fail("a thread");
      need(":");
      names = &litmus_.registers[*term.thread];
    }
    const auto found = std::find(names->begin(), names->end(), peek());
    if (found == names->end()) fail(term.thread ? "a register of that thread" : "a location");
    term.index = uint32_t(found - names->begin());
    ++at_;
    need("=");
    term.value = number();
    return {{term}};
  }

  Litmus& litmus_;
  std::vector<Token> tokens_;
  std::map<size_t, std::string> labels_;  // by line
  size_t at_ = 0, last_line_ = 1;
  std::vector<std::string> parameters_;  // of this thread
};

}  // namespace

std::string parse_litmus(std::string_view text, Litmus* litmus) {
  *litmus = {};
  try {
    Parser(text, *litmus).parse();
  } catch (const Wrong& wrong) {
    return wrong.what;
  }
  return {};
}

std::vector<std::string> Litmus::labels() const {
  std::vector<std::string> all;
  for (const auto& thread : threads)
    for (const LitmusAccess& access : thread)
      if (!access.label.empty() && std::find(all.begin(), all.end(), access.label) == all.end())
        all.push_back(access.label);
  return all;
}

}  // namespace memmap::explore
