import Foundation
import Testing

/// A study's data set in a folder of one's own, from the command line to a score.
@Suite struct PublishedDataTests {
  private func medMCQA() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let rows = (1...4).map { cop in
      #"{"id":"\#(cop)","question":"Which of them is number \#(cop)?","opa":"one","opb":"two","opc":"three","opd":"four","cop":\#(cop)}"#
    }
    _ = try folder.write(rows.joined(separator: "\n"), to: "train.json")
    _ = try folder.write(rows[1...2].joined(separator: "\n"), to: "dev.json")
    return folder
  }

  @Test func isTrainedEvaluatedAndShown() throws {
    let folder = try medMCQA()
    let data = "medmcqa:\(folder.path("."))"
    let trained = try Program.run([
      "train", "--store", folder.path("store.sqlite"), "--steps", "2", "--no-latency", "--json", "--data", data,
      "--targets", "o_proj", "--sequence-length", "64",
    ])
    #expect(trained.status == 0, "\(trained.errors)")
    let report = try trained.json()
    #expect(report["metric"] as? String == "strict choice accuracy" && report["score"] is Double)
    #expect(report["state"] as? String == "done")
    let evaluated = try Program.run(["evaluate", "--data", data, "--json"])
    #expect(try evaluated.json()["examples"] as? Int == 2, "\(evaluated.errors)")
    let shown = try Program.run(["data", "--data", data])
    #expect(shown.output.contains("MedMCQA, 4 examples of train.json, 2 for evaluation of dev.json"))
    #expect(shown.output.contains("⟦ one. Final: [A]"))
  }

  @Test func isRefusedInOneLine() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("PAR1", to: "train.parquet")
    for (data, status, word) in [
      ("medmcqa:\(folder.path("."))", Int32(65), "Parquet: is damaged"), ("fincot:\(folder.path("none"))", 66, "none"),
      ("govreport@12", 64, "govreport@TOKENS"),
    ] {
      let result = try Program.run(["train", "--store", folder.path("s.sqlite"), "--data", data, "--targets", "qkv"])
      #expect(result.status == status && result.errors.contains(word), "\(result.errors)")
    }
  }
}
