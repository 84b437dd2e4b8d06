// SPDX-License-Identifier: MIT
#include "compiler/frontend/library.hpp"

#include "compiler/builtins/builtins.hpp"
#include "compiler/frontend/parse.hpp"

#include <map>

namespace dotcompute::frontend {

namespace {

struct parsed_file {
  std::unique_ptr<ir::program> program; ///< null when the text has errors
  std::string log;
};

const parsed_file& parsed(const builtins::library_file& file) {
  static std::map<std::string_view, parsed_file> files;
  const auto [entry, is_new] = files.try_emplace(file.name);
  if (is_new) {
    translation t = parse(file.text, std::string(file.name), parse_build_options(""), unit_kind::library);
    entry->second = {std::move(t.program), std::move(t.log)};
  }
  return entry->second;
}

template <class Visit>
void for_each(const ir::region& region, const Visit& visit) {
  for (ir::operation* op : region.operations) {
    visit(*op);
    for (const auto& nested : op->regions)
      for_each(*nested, visit);
  }
}

/// Copies functions of one library file, with the constants and file names that they mention.
class importer {
 public:
  importer(const ir::program& from, ir::program& into) : from_(from), into_(into) {}

  void import(const ir::function& source) {
    auto copy = std::make_unique<ir::function>();
    copy->name = source.name;
    copy->result = source.result;
    copy->parameters = source.parameters;
    copy->location = translated(source.location);
    std::unordered_map<const ir::operation*, ir::operation*> map;
    ir::clone_region(source.body, *copy, copy->body, map);
    for_each(copy->body, [&](ir::operation& op) {
      op.location = translated(op.location);
      if (op.code == ir::opcode::global_address) op.index = constant(op.index);
    });
    into_.functions.push_back(std::move(copy));
  }

 private:
  ir::source_location translated(ir::source_location where) {
    if (where.line == 0) return where;
    const auto [entry, is_new] = files_.try_emplace(where.file, static_cast<std::uint32_t>(into_.files.size()));
    if (is_new) into_.files.push_back(from_.files[where.file]);
    where.file = entry->second;
    return where;
  }

  std::uint32_t constant(std::uint32_t index) {
    const auto [entry, is_new] = constants_.try_emplace(index, static_cast<std::uint32_t>(into_.constants.size()));
    if (is_new) into_.constants.push_back(from_.constants[index]);
    return entry->second;
  }

  const ir::program& from_;
  ir::program& into_;
  std::map<std::uint32_t, std::uint32_t> files_, constants_;
};

} // namespace

std::string link_library(ir::program& program) {
  std::map<std::string_view, importer> importers;
  std::unordered_map<std::string, bool> known;
  for (const auto& function : program.functions)
    known[function->name] = true;
  // The list grows by what is imported, whose own calls are then looked at too.
  for (std::size_t i = 0; i < program.functions.size(); ++i) {
    std::vector<std::string> needed;
    for_each(program.functions[i]->body, [&](const ir::operation& op) {
      if (op.code == ir::opcode::call && known.try_emplace(op.symbol, true).second) needed.push_back(op.symbol);
    });
    for (const std::string& symbol : needed) {
      const builtins::library_file* file = builtins::find(symbol);
      if (!file) return "the builtin library lacks '" + symbol + "'";
      const parsed_file& library = parsed(*file);
      if (!library.program)
        return "the builtin library's file '" + std::string(file->name) + "' is broken:\n" + library.log;
      const ir::function* source = library.program->find(symbol);
      if (!source) return "the builtin library's file '" + std::string(file->name) + "' lacks '" + symbol + "'";
      importers.try_emplace(file->name, *library.program, program).first->second.import(*source);
    }
  }
  return {};
}

} // namespace dotcompute::frontend
