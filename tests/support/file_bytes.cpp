#include "support/file_bytes.h"

namespace bantam::test {
namespace {

constexpr std::uint32_t kText = 8, kArray = 9;

FileBytes& key(FileBytes& file, const std::string& name, std::uint32_t type) {
  return file.mark(name).text(name).mark(name + ".type").put(type).mark(name + ".value");
}

FileBytes& array(FileBytes& file, const std::string& name, std::uint32_t type,
                 std::uint64_t count) {
  return key(file, name, kArray).put(type).put(count).mark(name + ".items");
}

void tensor(FileBytes& file, const std::string& name, const std::vector<std::uint64_t>& extents,
            std::uint32_t type, std::uint64_t offset) {
  file.mark(name).text(name).mark(name + ".rank");
  file.put(static_cast<std::uint32_t>(extents.size())).mark(name + ".extents");
  for (const std::uint64_t extent : extents) file.put(extent);
  file.mark(name + ".type").put(type).mark(name + ".offset").put(offset);
}

}  // namespace

FileBytes tiny_gguf() {
  FileBytes file;
  file.mark("magic").raw("GGUF").mark("version").put<std::uint32_t>(3);
  file.mark("tensor_count").put<std::uint64_t>(3).mark("kv_count").put<std::uint64_t>(10);
  key(file, "general.architecture", kText).text("llama");
  key(file, "general.alignment", 4).put<std::uint32_t>(32);
  key(file, "llama.block_count", 4).put<std::uint32_t>(1);
  key(file, "llama.epsilon", 6).put(1e-5f);
  key(file, "llama.flag", 7).put<std::uint8_t>(1);
  key(file, "llama.large", 10).put<std::uint64_t>(1ull << 40);
  array(file, "tokens", kText, 3).text("<s>").text("a").text("b");
  array(file, "scores", 6, 3).put(0.f).put(-1.f).put(-2.f);
  array(file, "flags", 7, 2).put<std::uint8_t>(0).put<std::uint8_t>(1);
  array(file, "types", 5, 3).put<std::int32_t>(3).put<std::int32_t>(1).put<std::int32_t>(1);
  tensor(file, "embed", {32, 3}, 0, 0);     // F32, 384 bytes
  tensor(file, "norm", {32}, 0, 384);       // F32, 128 bytes
  tensor(file, "output", {32, 3}, 8, 512);  // Q8_0, 102 bytes
  file.pad_to(32).mark("data");
  for (int i = 0; i < 614; ++i) file.put(static_cast<std::uint8_t>(i % 7));
  return file.pad_to(32);
}

FileBytes safetensors_file(std::string_view header, std::size_t data_bytes) {
  FileBytes file;
  const std::string padding((8 - header.size() % 8) % 8, ' ');
  file.mark("length").put<std::uint64_t>(header.size() + padding.size());
  file.mark("header").raw(header).raw(padding).mark("data");
  for (std::size_t i = 0; i < data_bytes; ++i) file.put(static_cast<std::uint8_t>(i % 7));
  return file;
}

}  // namespace bantam::test
