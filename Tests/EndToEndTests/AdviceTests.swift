import Foundation
import Testing

/// The verbs that draw conclusions.
@Suite struct AdviceTests {
  @Test func withoutRunsTheAdviceIsThePublishedStudysAndSaysSo() throws {
    let folder = try TemporaryFolder()
    let store = ["--store", folder.path("store.sqlite")]
    let result = try Program.run(["recommend", "--json"] + store)
    #expect(result.status == 0, "\(result.errors)")
    let advice = try #require(try result.json()["recommendations"] as? [[String: Any]])
    #expect(advice.map { $0["targets"] as? String } == ["o_proj+fc2", "o_proj", "o_proj+fc2"])
    #expect(advice.allSatisfy { $0["origin"] as? String == "published" })
    let peft = try Program.run(
      ["recommend", "--for", "peft", "--pick", "accuracy", "--base-model", "my/model"] + store)
    #expect(peft.status == 0, "\(peft.errors)")
    #expect(try peft.json()["target_modules"] as? [String] == ["o_proj", "down_proj"])
    #expect(peft.errors.contains("(published)"))
    #expect(try Program.run(["recommend", "--latency-budget", "soon"] + store).status == 64)
    #expect(try Program.run(["recommend", "--data", "medmcqa"] + store).status == 66)
  }

  @Test func aReportOfRealRuns() throws {
    let folder = try TemporaryFolder()
    let store = ["--store", folder.path("store.sqlite")]
    let output = folder.path("report")
    #expect(try Program.run(["report", "--output", output] + store).status == 66)
    let sweep = try Program.run(
      [
        "sweep", "--data", "medmcqa", "--combinations", "o_proj;fc2", "--steps", "2", "--batch-size", "2", "--examples",
        "8", "--eval-examples", "6",
      ] + store)
    #expect(sweep.status == 0, "\(sweep.errors)")
    let result = try Program.run(["report", "--output", output, "--json"] + store)
    #expect(result.status == 0, "\(result.errors)")
    let report = try result.json()
    #expect((report["cells"] as? [Any])?.count == 2)
    #expect((report["base"] as? [Any])?.count == 1)
    for name in ["report.md", "report.html", "report.json", "cells.csv", "runs.csv", "losses.csv"] {
      #expect(FileManager.default.fileExists(atPath: output + "/" + name))
    }
    let page = try String(contentsOfFile: output + "/report.html", encoding: .utf8)
    #expect(page.contains("<svg") && page.contains("#1") && page.contains("not run"))
    // The folder is not written over unasked.
    #expect(try Program.run(["report", "--output", output] + store).status == 73)
    let again = try Program.run(["report", "--output", output, "--force"] + store)
    #expect(again.status == 0, "\(again.errors)")
    #expect(
      try String(contentsOfFile: output + "/report.md", encoding: .utf8).contains("Base alone: not scored") == false)
  }
}
