#include "library/create_model.h"

#include <fcntl.h>

#include <algorithm>

#include "base/error.h"
#include "base/file_system.h"
#include "base/format.h"
#include "formats/gguf_reader.h"
#include "library/convert/convert.h"
#include "store/layout.h"
#include "store/staging.h"
#include "tensor/quant_format.h"

namespace bantam::library {

namespace fs = std::filesystem;
using store::Layer;
using store::StoreWriter;

namespace {

// What the new model starts from.
struct Base {
  std::vector<Layer> layers;
  store::ModelConfig config;
  std::optional<store::ModelParts> model;  // of an installed one
};

model::WeightType weight_type(const std::string& quantize) {
  std::string name = quantize;
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (name.empty()) return model::WeightType::AsStored;
  if (name == "F32") return model::WeightType::F32;
  if (name == "F16") return model::WeightType::F16;
  if (name == "BF16") return model::WeightType::Bf16;
  throw Error(
      ErrorCode::Unsupported,
      format("quantize: found {}; this program writes F32, F16 and BF16, and cannot quantize "
             "yet: make the file with llama-quantize and import that",
             quoted(std::string_view(quantize))));
}

void refuse_type(const store::Recipe& recipe) {
  if (recipe.quantize.empty()) return;
  weight_type(recipe.quantize);
  throw Error(ErrorCode::Unsupported,
              format("quantize {}: only the weights of a Hugging Face folder can get another type; "
                     "leave it out, or give the folder",
                     recipe.quantize));
}

bool is_gguf(const fs::path& path) {
  const MappedFile file(path);
  return file.text().starts_with("GGUF");
}

// Of a file that is a blob already, or will be.
store::ModelConfig check_gguf(const fs::path& path) {
  if (!is_gguf(path)) {
    throw Error(ErrorCode::BadFile,
                format("{}: not a GGUF file; give a GGUF file or a Hugging Face "
                       "folder",
                       path.string()));
  }
  const formats::TensorFile file = formats::open_gguf(path);
  if (file.files().size() > 1) {
    throw Error(ErrorCode::Unsupported,
                format("{}: the model is split into {} files, which a store cannot hold as one: "
                       "merge them with llama-gguf-split --merge, or run it by its path",
                       path.string(), file.files().size()));
  }
  return config_of(file);
}

void add_converted(StoreWriter& writer, const fs::path& folder, const store::Recipe& recipe,
                   const CreateOptions& options, CreateReport& report, Base& base) {
  store::Staging staging(writer.root());
  const std::string file = staging.new_file();
  const fs::path target = writer.root().path() / file;
  const ModelSource source{SourceKind::HuggingFaceFolder, folder, report.name.model()};
  const ConvertReport converted =
      convert(source, target,
              {.type = weight_type(recipe.quantize),
               .replaces = false,
               .progress = [&](std::uint64_t done, std::uint64_t total) {
                 if (options.stop.stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
                 options.report({.status = "converting model", .total = total, .completed = done});
               }});
  report.notes.insert(report.notes.end(), converted.notes.begin(), converted.notes.end());
  report.warnings.insert(report.warnings.end(), converted.warnings.begin(),
                         converted.warnings.end());
  base.config = check_gguf(target);
  const store::AddedFile added = store::add_staged(writer, file, options.report);
  report.size = added.size;
  report.how = added.how;
  base.layers.push_back(store::make_layer(store::layer::kModel, added.digest, added.size));
}

void add_gguf(StoreWriter& writer, const fs::path& path, const store::Recipe& recipe,
              const CreateOptions& options, CreateReport& report, Base& base) {
  refuse_type(recipe);
  options.report({.status = "parsing GGUF"});
  base.config = check_gguf(path);
  const store::AddedFile added = store::add_file(writer, path, options.link, options.report);
  report.size = added.size;
  report.how = added.how;
  base.layers.push_back(store::make_layer(store::layer::kModel, added.digest, added.size));
}

// Blobs under the names that a folder's files have, as long as it lives.
class LinkedFolder {
 public:
  LinkedFolder(StoreWriter& writer, const store::Recipe& recipe)
      : writer_(writer), staging_(writer.root()), folder_(staging_.new_file()) {
    const store::Folder& root = writer_.root();
    root.make_folders(folder_);
    for (const auto& [name, digest] : recipe.files) {
      if (name.empty() || name.size() > 200 || name.front() == '.' || name.find('/') != name.npos ||
          name.find('\0') != name.npos) {
        throw Error(ErrorCode::BadInput,
                    format("files: found the name {}, expected that of a file in one folder",
                           quoted(std::string_view(name))));
      }
      fs::create_hard_link(root.path() / store::layout::blob(digest), root.path() / folder_ / name);
      names_.push_back(name);
    }
  }
  ~LinkedFolder() {
    std::error_code ignored;
    fs::remove_all(path(), ignored);
  }
  LinkedFolder(const LinkedFolder&) = delete;
  LinkedFolder& operator=(const LinkedFolder&) = delete;
  fs::path path() const { return writer_.root().path() / folder_; }

 private:
  StoreWriter& writer_;
  store::Staging staging_;
  std::string folder_;
  std::vector<std::string> names_;
};

void add_files(StoreWriter& writer, const store::Store& store, const store::Recipe& recipe,
               const CreateOptions& options, CreateReport& report, Base& base) {
  for (const auto& [name, digest] : recipe.files) {
    if (writer.keep(digest)) continue;
    throw Error(ErrorCode::NotFound,
                format("files: {}: there is no blob {}; send it first", name, digest.text()));
  }
  const auto& [name, digest] = recipe.files.front();
  const fs::path path = store.blob_path(digest);
  if (recipe.files.size() > 1 || !is_gguf(path)) {
    const LinkedFolder folder(writer, recipe);
    return add_converted(writer, folder.path(), recipe, options, report, base);
  }
  refuse_type(recipe);
  options.report({.status = "parsing GGUF"});
  base.config = check_gguf(path);
  report.size = fs::file_size(path);
  report.how = store::Added::WasThere;
  base.layers.push_back(store::make_layer(store::layer::kModel, digest, report.size));
}

void add_installed(StoreWriter& writer, const store::Store& store, const store::ModelName& from,
                   const store::Recipe& recipe, CreateReport& report, Base& base) {
  refuse_type(recipe);
  base.model = store.read(from);
  for (const Layer& layer : base.model->manifest.layers) {
    if (!writer.keep(layer.digest)) {
      throw Error(ErrorCode::NotFound, format("{}: the blob {} is missing; pull the model again",
                                              from.text(), layer.digest.text()));
    }
  }
  base.config = base.model->config;
  base.layers = base.model->manifest.layers;
  if (const Layer* weights = base.model->manifest.find(store::layer::kModel)) {
    report.size = weights->size;
  }
  report.how = store::Added::WasThere;
}

Base make_base(StoreWriter& writer, const store::Store& store, const store::Recipe& recipe,
               const CreateOptions& options, CreateReport& report) {
  Base base;
  if (!recipe.files.empty()) {
    add_files(writer, store, recipe, options, report, base);
    return base;
  }
  const auto name = store::ModelName::try_parse(recipe.from);
  if (options.folder) {
    const fs::path path = *options.folder / recipe.from;
    std::error_code ignored;
    if (fs::is_directory(path, ignored) && (!name || file_exists(path / "config.json"))) {
      add_converted(writer, resolve_model(path.string() + "/").path, recipe, options, report, base);
      return base;
    }
    if (!fs::is_directory(path, ignored) && file_exists(path)) {
      if (path.extension() == ".safetensors") {
        add_converted(writer, resolve_model(path.string()).path, recipe, options, report, base);
      } else {
        add_gguf(writer, path, recipe, options, report, base);
      }
      return base;
    }
    if (!name) {
      throw Error(
          ErrorCode::NotFound,
          format("{}: no such file or folder; give a GGUF file, a Hugging Face folder or an "
                 "installed model",
                 path.string()));
    }
  }
  add_installed(writer, store, store::ModelName::parse(recipe.from), recipe, report, base);
  return base;
}

void drop(std::vector<Layer>& layers, std::string_view kind) {
  std::erase_if(layers, [&](const Layer& layer) { return layer.kind() == kind; });
}

void add_texts(StoreWriter& writer, const store::Recipe& recipe, Base& base) {
  const auto put = [&](std::string_view kind, const std::string& text) {
    base.layers.push_back(writer.put(kind, text));
  };
  if (recipe.chat_template) {
    drop(base.layers, store::layer::kTemplate);
    drop(base.layers, store::layer::kPrompt);
    if (!recipe.chat_template->empty()) put(store::layer::kTemplate, *recipe.chat_template);
    // The stated one is meant now, not the code of Ollama's that the model named.
    base.config.renderer.clear();
    base.config.parser.clear();
  }
  if (recipe.system) {
    drop(base.layers, store::layer::kSystem);
    if (!recipe.system->empty()) put(store::layer::kSystem, *recipe.system);
  }
  for (const std::string& license : recipe.licenses) put(store::layer::kLicense, license);
  if (!recipe.parameters.empty()) {
    store::Parameters all = base.model ? base.model->parameters : store::Parameters{};
    for (const auto& [name, value] : recipe.parameters) {
      std::erase_if(all, [&](const auto& held) { return held.first == name; });
      all.emplace_back(name, value);
    }
    drop(base.layers, store::layer::kParameters);
    put(store::layer::kParameters, store::parameters_json(all));
  }
  if (!recipe.messages.empty()) {
    drop(base.layers, store::layer::kMessages);
    put(store::layer::kMessages, store::messages_json(recipe.messages));
  }
  if (!recipe.requires_version.empty()) base.config.requires_version = recipe.requires_version;
}

std::string parameter_count_text(const formats::TensorFile& gguf) {
  double count = 0;
  for (const formats::TensorEntry& entry : gguf.tensors()) {
    count += static_cast<double>(entry.tensor.shape.element_count());
  }
  if (count >= 1e9) return fixed(count / 1e9, 1) + "B";
  return count >= 1e6 ? fixed(count / 1e6, 2) + "M" : fixed(count / 1e3, 0) + "K";
}

// The values of general.file_type.
// Source: https://github.com/ggml-org/llama.cpp, include/llama.h, enum llama_ftype.
std::string file_type_text(const formats::TensorFile& gguf) {
  static constexpr std::string_view kNames[] = {
      "F32",    "F16",    "Q4_0",  "Q4_1",    "",       "",       "",       "Q8_0",
      "Q5_0",   "Q5_1",   "Q2_K",  "Q3_K_S",  "Q3_K_M", "Q3_K_L", "Q4_K_S", "Q4_K_M",
      "Q5_K_S", "Q5_K_M", "Q6_K",  "IQ2_XXS", "IQ2_XS", "Q2_K_S", "IQ3_XS", "IQ3_XXS",
      "IQ1_S",  "IQ4_NL", "IQ3_S", "IQ3_M",   "IQ2_S",  "IQ2_M",  "IQ4_XS", "IQ1_M",
      "BF16",   "",       "",      "",        "TQ1_0",  "TQ2_0",  "MXFP4"};
  const auto stated = gguf.metadata().integer("general.file_type", 0, INT32_MAX);
  if (!stated || static_cast<std::size_t>(*stated) >= std::size(kNames)) return "unknown";
  const std::string_view name = kNames[*stated];
  return name.empty() ? "unknown" : std::string(name);
}

}  // namespace

store::ModelConfig config_of(const formats::TensorFile& gguf) {
  store::ModelConfig config;
  config.model_format = "gguf";
  config.model_family = gguf.metadata().text("general.architecture").value_or("unknown");
  config.model_families = {config.model_family};
  config.model_type = parameter_count_text(gguf);
  config.file_type = file_type_text(gguf);
  return config;
}

CreateReport create_model(const store::Store& store, const store::ModelName& name,
                          const store::Recipe& recipe, const CreateOptions& options) {
  CreateReport report{.name = store.find(name).value_or(name),
                      .id = store::sha256_of(""),
                      .notes = {},
                      .warnings = recipe.warnings};
  StoreWriter writer(store.root(), options.stop);
  Base base = make_base(writer, store, recipe, options, report);
  options.report({.status = "creating new layer"});
  add_texts(writer, recipe, base);
  const std::string config = store::config_text(base.config, base.layers);
  const store::Manifest manifest{.config = writer.put("", config), .layers = base.layers};
  options.report({.status = "writing manifest"});
  const std::string bytes = store::manifest_text(manifest);
  writer.publish(report.name, bytes);
  report.id = store::sha256_of(bytes);
  options.report({.status = "success"});
  return report;
}

}  // namespace bantam::library
