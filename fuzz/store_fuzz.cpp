// Any bytes as what a model store and a registry say: names, manifests, configs, parameters,
// messages and Modelfiles. An Error, or a value that is the same after writing and reading it
// again.
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "store/layout.h"
#include "store/manifest.h"
#include "store/model_name.h"
#include "store/modelfile.h"

namespace {

using namespace bantam;
using namespace bantam::store;

void expect(bool holds) {
  if (!holds) std::abort();
}

void read_name(std::string_view text) {
  const ModelName name = ModelName::parse(text);
  expect(ModelName::parse(name.text()) == name);
  const std::filesystem::path path = layout::manifest(name);
  expect(path.is_relative() && path.lexically_normal() == path);
  expect(std::distance(path.begin(), path.end()) == 5);
}

void read_manifest(std::string_view text) {
  const Manifest manifest = parse_manifest(text, "input");
  const Manifest again = parse_manifest(manifest_text(manifest), "again");
  expect(again.layers.size() == manifest.layers.size() && again.size() == manifest.size());
}

void read_parameters(std::string_view text) {
  const Parameters parameters = parse_parameters(text, "input");
  expect(parse_parameters(parameters_json(parameters), "again").size() == parameters.size());
}

void read_modelfile(std::string_view text) {
  const Recipe recipe = parse_modelfile(text, "input");
  expect(!recipe.from.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto attempt = [&](auto read) {
    try {
      read(text);
    } catch (const Error&) {
    }
  };
  attempt(read_name);
  attempt(read_manifest);
  attempt(read_parameters);
  attempt(read_modelfile);
  attempt([](std::string_view t) { parse_config(t, "input"); });
  attempt([](std::string_view t) { parse_messages(t, "input"); });
  return 0;
}
