// Installed models through the program: what is installed, what it answers, what is left.
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "support/paths.h"
#include "support/process.h"
#include "support/temporary_folder.h"

namespace bantam {
namespace {

using Json = nlohmann::json;
using test::ProcessResult;

class InstalledModels : public testing::Test {
 protected:
  InstalledModels() { ::setenv("BANTAM_MODELS", (folder_.path() / "models").c_str(), 1); }
  ~InstalledModels() override { ::unsetenv("BANTAM_MODELS"); }

  static ProcessResult bantam(const std::vector<std::string>& arguments) {
    return test::run_process(BANTAM_PROGRAM, arguments);
  }
  // Runs it and expects success.
  static std::string done(const std::vector<std::string>& arguments) {
    const ProcessResult result = bantam(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  std::string create(const std::string& name, const std::string& modelfile) const {
    return done({"create", name, "-f", folder_.write("Modelfile", modelfile).string()});
  }

  test::TemporaryFolder folder_;
  const std::string model_ = (test::fixture("").parent_path().parent_path().parent_path() /
                              "assets/default-model/model-q8_0.gguf")
                                 .string();
};

TEST_F(InstalledModels, AnswerByTheirNames) {
  EXPECT_EQ(done({"list"}), "NAME  ID  SIZE  MODIFIED\n");
  done({"import", model_, "Tiny:v1"});
  const std::string question = "What is the capital of France?";
  EXPECT_EQ(done({"run", "tiny:V1", question, "--temperature", "0"}),
            "The capital of France is Paris.\n");
  const Json models = Json::parse(done({"list", "--json"}))["models"];
  ASSERT_EQ(models.size(), 1U);
  EXPECT_EQ(models[0]["name"], "Tiny:v1");
  EXPECT_EQ(models[0]["details"]["family"], "llama");
  EXPECT_EQ(models[0]["details"]["quantization_level"], "Q8_0");
  const ProcessResult wrong = bantam({"run", "tinny", question});
  EXPECT_EQ(wrong.exit_code, 3);
  EXPECT_NE(wrong.err.find("did you mean Tiny:v1"), std::string::npos) << wrong.err;
}

TEST_F(InstalledModels, FollowTheirModelfile) {
  create("plain", "FROM " + model_ + "\nPARAMETER temperature 0\n");
  create("brief", "FROM plain\nPARAMETER stop \" is\"\nPARAMETER num_predict 50\n");
  const std::string question = "What is the capital of France?";
  EXPECT_EQ(done({"run", "brief", question}), "The capital of France\n");
  EXPECT_EQ(done({"show", "brief", "--parameters"}),
            "temperature 0\nstop \" is\"\nnum_predict 50\n");
  create("again", done({"show", "brief", "--modelfile"}));
  EXPECT_EQ(done({"run", "again", question}), "The capital of France\n");
  create("formed",
         "FROM plain\nSYSTEM of Spain\nTEMPLATE \"\"\"<{{ .System }}|{{ .Prompt }}>\"\"\"\n");
  EXPECT_EQ(done({"show", "formed", "--system"}), "of Spain\n");
  EXPECT_EQ(done({"show", "formed", "--template"}), "<{{ .System }}|{{ .Prompt }}>\n");
}

TEST_F(InstalledModels, ComeFromFoldersAndGoWithoutATrace) {
  const std::string source = (test::fixture("families") / "llama3").string();
  done({"import", source, "folder"});
  const Json shown = Json::parse(done({"show", "folder", "--json"}));
  EXPECT_EQ(shown["architecture"], "llama");
  done({"cp", "folder", "other"});
  done({"rm", "folder"});
  EXPECT_TRUE(Json::parse(done({"verify", "--json"}))["faults"].empty());
  done({"rm", "other"});
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "models/blobs"));
  EXPECT_EQ(bantam({"rm", "other"}).exit_code, 3);
}

TEST_F(InstalledModels, RefuseWhatTheyCannotBeMadeOf) {
  struct Case {
    std::string modelfile;
    int exit_code;
    std::string message;
  };
  const Case cases[] = {
      {"FROM nothing-of-that-name\n", 3, "no such model"},
      {"FROM ./nothing.gguf\n", 3, "nothing.gguf"},
      {"FROM " + folder_.write("text.gguf", "no model").string() + "\n", 4, "not a GGUF file"},
      {"FROM x\nADAPTER y\n", 5, "Modelfile:2: ADAPTER"},
      {"PARAMETER temperature 1\n", 2, "no FROM"},
  };
  for (const Case& tested : cases) {
    const ProcessResult result =
        bantam({"create", "x", "-f", folder_.write("Modelfile", tested.modelfile).string()});
    EXPECT_EQ(result.exit_code, tested.exit_code) << result.err;
    EXPECT_NE(result.err.find(tested.message), std::string::npos) << result.err;
  }
  const ProcessResult quantized = bantam({"import", model_, "../x"});
  EXPECT_EQ(quantized.exit_code, 2);
}

}  // namespace
}  // namespace bantam
