import Foundation
import Recipe
import Testing
import Text
import Training

/// A person's file whose examples are about several things, and a sample of it.
@Suite struct GroupedFileTests {
  private func file(_ lines: [String]) throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "lorascope-groups-\(UUID().uuidString).jsonl")
    try Data(lines.joined(separator: "\n").utf8).write(to: url)
    return url
  }

  private func lines(_ count: Int, topics: Int?) -> [String] {
    (0..<count).map { place in
      let topic = topics.map { #", "topic": "t\#(place % $0)""# } ?? ""
      return #"{"prompt": "q\#(place)", "completion": "a"\#(topic)}"#
    }
  }

  @Test func groupsFollowTheExamples() throws {
    let task = try FileTask(
      file: file(lines(40, topics: 4)), evaluation: .share(0.5), reading: DataReading(groupField: "topic"))
    #expect(task.groupNoun == "values of topic")
    let held = task.examples(split: .evaluation, count: .max, seed: 0)
    #expect(held.allSatisfy { $0.group == "t\((Int($0.prompt.dropFirst()) ?? 0) % 4)" })
  }

  /// A training file need not say what its examples are about.
  @Test func onlyWhatIsScoredNeedsGroups() throws {
    let evaluation = try file(lines(8, topics: 2))
    let plain = try file(lines(5, topics: nil))
    let reading = DataReading(groupField: "topic")
    let task = try FileTask(file: plain, evaluation: .file(path: evaluation.path), reading: reading)
    #expect(Set(task.examples(split: .evaluation, count: .max, seed: 0).compactMap(\.group)) == ["t0", "t1"])
    #expect(throws: DataError.self) {
      try FileTask(file: evaluation, evaluation: .file(path: plain.path), reading: reading)
    }
  }

  /// Of a training file beside another one nothing is scored, unless a share of it is held out for choosing.
  @Test func oneGroupOfWhatIsNotScoredIsNoFault() throws {
    let evaluation = try file(lines(8, topics: 2))
    let alike = try file(lines(20, topics: 1))
    let reading = DataReading(groupField: "topic")
    let beside = EvaluationSource.file(path: evaluation.path)
    #expect(
      try FileTask(file: alike, evaluation: beside, reading: reading).examples(split: .train, count: .max, seed: 0)
        .count == 20)
    #expect(try FileTask(file: alike, reading: reading).examples(split: .train, count: .max, seed: 0).count == 20)
    for source in [beside, .none] {
      #expect(throws: DataError.self) {
        try FileTask(file: alike, evaluation: source, reading: reading, tuningShare: 0.1)
      }
    }
    #expect(throws: DataError.self) { try FileTask(file: alike, evaluation: .share(0.5), reading: reading) }
    // What is held out for choosing keeps what it is about.
    let varied = try file(lines(20, topics: 3))
    let task = try FileTask(file: varied, evaluation: beside, reading: reading, tuningShare: 0.1)
    #expect(task.examples(split: .train, count: .max, seed: 0).allSatisfy { $0.group != nil })
  }

  @Test func samplesAreDrawnInOrder() throws {
    let all = try FileTask(file: file(lines(30, topics: nil))).examples(split: .train, count: .max, seed: 0)
    let sample = FileTask.sample(all, count: 12, seed: 1)
    #expect(sample.count == 12 && sample.map(\.id) == sample.map(\.id).sorted())
    #expect(sample == FileTask.sample(all, count: 12, seed: 1))
    #expect(sample != FileTask.sample(all, count: 12, seed: 2))
    #expect(FileTask.sample(all, count: 99, seed: 2) == all)
  }

  @Test func aRunsIntervalIsOverGroups() throws {
    func result(_ groups: Bool) -> EvaluationResult {
      let outcomes = (0..<200).map { place in
        ExampleOutcome(
          index: place, prompt: "p", expected: "e", output: "o", score: place % 10 < 6 ? 1 : 0, parsed: true,
          lenient: 0, outputTokens: 1, group: groups ? "g\(place % 10)" : nil)
      }
      var result = EvaluationResult(metric: "m", results: outcomes)
      result.groupNoun = "conditions"
      return result
    }
    let (grouped, single) = (result(true).summary, result(false).summary)
    #expect(grouped.groups == ExampleGroups(count: 10, noun: "conditions") && single.groups == nil)
    #expect(ExampleGroups.words(grouped.groups) == " over 10 conditions" && ExampleGroups.words(nil).isEmpty)
    #expect(grouped.score.estimate == 0.6 && grouped.score.low >= 0 && grouped.score.high <= 1)
    #expect(grouped.score.halfWidth > 3 * single.score.halfWidth)
  }
}
